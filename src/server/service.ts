/** @file The service: its parts put together, and its life from start to close. */
import { createAdaptorServer } from '@hono/node-server';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorOf, fail, systemCodeOf } from '#base';
import { openStore, type Store } from '#store';
import { whyNoGroup } from '#supervise';
import { accessOf } from './http/access.ts';
import { allowedCommands } from './orders/allowed-commands.ts';
import { answeringOf } from './answering/answering.ts';
import { answeringNeeds } from './answering/answering-need.ts';
import { appOf } from './http/app.ts';
import { artifactRoutes } from './routes/artifact-routes.ts';
import { attemptsOf, GRACE_SECONDS } from './runs/attempts.ts';
import { capacityOf, type Capacity } from './runs/capacity.ts';
import { childQueue } from './children/child-queue.ts';
import { dataPreviewOf } from './children/data-preview.ts';
import { dataRoutes } from './routes/data-routes.ts';
import { dashboardRoutes } from './routes/dashboard-routes.ts';
import { commandRoutes } from './routes/command-routes.ts';
import { commandRuns } from './orders/command-runs.ts';
import { completionRoutes } from './openai/completion-routes.ts';
import { docsPageRoute } from './http/docs-page.ts';
import { explainerOf } from './children/explainer.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { historyRoutes } from './routes/history-routes.ts';
import { fileCheckOf } from './children/file-check.ts';
import { fileRoutes } from './openai/file-routes.ts';
import { jobResults } from './openai/job-results.ts';
import { jobRoutes } from './openai/job-routes.ts';
import { openLog } from './http/log.ts';
import { machineRoutes } from './routes/machine-routes.ts';
import { metricsOf } from './http/metrics.ts';
import { modelRoutes } from './openai/model-routes.ts';
import { openApiRoute } from './http/openapi.ts';
import { plannerOf } from './children/planner.ts';
import { runOrders } from './orders/run-orders.ts';
import { runnerOf } from './runs/runner.ts';
import { scheduleRoutes } from './routes/schedule-routes.ts';
import { schedulesOf } from './orders/schedules.ts';
import { servedModels } from './openai/served-models.ts';
import type { ServiceSettings } from './settings.ts';
import { sessionCookieOf } from './http/session-cookie.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { solutionRoutes } from './routes/solution-routes.ts';
import { tokenRoutes } from './routes/token-routes.ts';
import { trainingRoutes } from './routes/training-routes.ts';
import { uploadsOf } from './openai/uploads.ts';

export interface Service {
  readonly address: AddressInfo;
  readonly capacity: Capacity;
  /** the first token, on the first start; to be shown once, to a person */
  readonly firstToken: string | null;
  /**
   * Ends what runs, where that is its setting; takes no more calls, ends streams, and closes the store.
   *
   * @throws PlimsollError RUN_ENDS_NOT_STORED; all is closed then, too
   */
  close(): Promise<void>;
}

/**
 * @throws PlimsollError ADDRESS_UNUSABLE, MEMORY_BELOW_RESERVE, SERVICE_FOLDER_IN_USE, FILE_NOT_WRITABLE,
 *   DISK_FULL, DATABASE_TOO_NEW, DATABASE_UNUSABLE; nothing is started then
 */
export async function startService(settings: ServiceSettings): Promise<Service> {
  const capacity = capacityOf(settings);
  const store = openStore(settings.dataDir, { alone: true });
  try {
    return await started(settings, capacity, store);
  } catch (error) {
    store.close();
    throw error;
  }
}

async function started(
  settings: ServiceSettings,
  capacity: Capacity,
  store: Store,
): Promise<Service> {
  const { plimsoll, version, roots, embeddedModel, host, port } = settings;
  const log = openLog(settings.logLevel);
  const children = childQueue(plimsoll);
  const uploads = uploadsOf({ store, check: fileCheckOf(children), settings });
  const places = { roots: [...roots, uploads.folder], embeddedModel };
  const planner = plannerOf(children);
  const poke = () => runner.poke();
  const answering = answeringOf({
    store,
    needs: answeringNeeds(children),
    capacity,
    plimsoll,
    idleSeconds: settings.answerIdle,
    log,
    onFree: poke,
  });
  const metrics = metricsOf(store, capacity, answering);
  const models = servedModels(store, { roots, embeddedModel });
  const results = jobResults(store, log);
  const attempts = attemptsOf(log, poke);
  const commands = allowedCommands(settings.commands);
  const orders = runOrders({ store, poke, places, commands, settings });
  const schedules = schedulesOf({ store, orders, log });
  const runner = runnerOf({
    store,
    attempts,
    enforced: (await whyNoGroup()) === null,
    schedules,
    commandRuns: commandRuns(commands, settings),
    plimsoll,
    places,
    planner,
    capacity,
    answering,
    log,
  });
  const cookie = sessionCookieOf(store.service);
  const documented = [
    ...trainingRoutes({ store, runner, orders }),
    ...commandRoutes({ store, runner, orders, commands }),
    ...solutionRoutes({ store, explainer: explainerOf(children), capacity, places }),
    ...historyRoutes(store),
    ...artifactRoutes({ store, runner }),
    ...eventRoutes(store, cookie),
    ...machineRoutes({ store, capacity, answering, planner, places, metrics, version }),
    ...scheduleRoutes(store, places),
    ...dataRoutes({ store, uploads, preview: dataPreviewOf(children), places }),
    ...fileRoutes({ store, uploads, results }),
    ...jobRoutes({ store, runner, orders, models, uploads, results, embeddedModel }),
    ...modelRoutes(models),
    ...completionRoutes({ models, answering, log }),
    ...tokenRoutes(store),
    ...sessionRoutes(store, cookie, settings.sessionHours),
  ];
  const routes = [
    ...documented,
    openApiRoute(documented, { version, cookie }),
    docsPageRoute(),
    ...dashboardRoutes(settings.dashboard),
  ];
  const access = accessOf(store, cookie, settings.rateLimit);
  const app = appOf(routes, { store, access, metrics, log });
  const { server, address } = await listening(app.fetch, host, port);
  const firstToken = store.tokens.any()
    ? null
    : store.tokens.create({ name: 'first', scope: 'admin' }).token;
  runner.start();
  return {
    address,
    capacity,
    firstToken,
    close: async () => {
      const unstored = settings.endRuns ? await runner.stop(STOP_WITHIN_MS) : [];
      runner.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections(); // streams would never end by themselves
      await closed;
      await answering.close();
      store.close();
      if (unstored.length > 0)
        fail('RUN_ENDS_NOT_STORED', { runs: unstored, seconds: STOP_WITHIN_MS / 1000 });
    },
  };
}

/** What is killed after its grace still has an end to be told and stored. Whoever stops a container waits 40 seconds. */
const STOP_WITHIN_MS = (GRACE_SECONDS + 5) * 1000;

/** @throws PlimsollError ADDRESS_UNUSABLE */
async function listening(
  fetch: (request: Request) => Response | Promise<Response>,
  host: string,
  port: number,
): Promise<{ readonly server: Server; readonly address: AddressInfo }> {
  const server = createAdaptorServer({ fetch });
  if (!(server instanceof Server)) throw new Error('internal: not an HTTP/1 server');
  return await new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const reason = REASONS[systemCodeOf(error) ?? ''] ?? error.message;
      reject(errorOf('ADDRESS_UNUSABLE', { host, port, reason }, { cause: error }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('internal: no address');
      resolve({ server, address });
    });
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'ports below 1024 are not for every user',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host is known',
};
