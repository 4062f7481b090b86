/** @file What `plimsoll` can do, in the order of its help. */
import type { CommandTable } from './command-table.ts';

export const COMMANDS: CommandTable = {
  train: {
    summary: 'fine-tune a model',
    load: async () => (await import('./train.ts')).define,
  },
  plan: {
    summary: 'say what a run will take, and whether it fits',
    load: async () => (await import('./plan.ts')).define,
  },
  run: {
    summary: 'run any command under a limit, and say why it ended',
    load: async () => (await import('./run.ts')).define,
  },
  explain: {
    summary: 'say again why a command ended',
    load: async () => (await import('./explain.ts')).define,
  },
  doctor: {
    summary: 'say what this machine offers, and what verdicts can prove',
    load: async () => (await import('./doctor.ts')).define,
  },
  generate: {
    summary: 'answer texts with a model',
    load: async () => (await import('./generate.ts')).define,
  },
  answer: {
    summary: 'keep a model open and answer orders, one a line',
    load: async () => (await import('./answer.ts')).define,
  },
  eval: {
    summary: 'evaluate a model on examples',
    load: async () => (await import('./eval.ts')).define,
  },
  serve: {
    summary: 'start, watch and explain runs over HTTP',
    load: async () => (await import('./serve.ts')).define,
  },
  token: {
    summary: 'make, list and revoke the tokens of a service',
    load: async () => (await import('./token.ts')).define,
  },
  runs: {
    summary: 'list the runs of a service',
    load: async () => (await import('./client-runs.ts')).define,
  },
  logs: {
    summary: 'print what a run of a service has printed',
    load: async () => (await import('./client-logs.ts')).define,
  },
  retry: {
    summary: 'ask a service for a run once more',
    load: async () => (await import('./client-retry.ts')).define,
  },
  cancel: {
    summary: 'end a run of a service',
    load: async () => (await import('./client-cancel.ts')).define,
  },
  config: {
    summary: "check the service's settings, and say where each comes from",
    load: async () => (await import('./config.ts')).define,
  },
  data: {
    summary: 'look at files of examples',
    load: async () => (await import('./data.ts')).define,
  },
  model: {
    summary: 'make, look at and convert models',
    load: async () => (await import('./model.ts')).define,
  },
};
