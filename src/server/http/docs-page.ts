/**
 * @file /docs: a page on which each call of /openapi.json can be read and tried. All of it is in this file: it loads
 * nothing from elsewhere, and its policy forbids that (CSP). The token stays in the page and is kept nowhere.
 */
import { createHash } from 'node:crypto';
import { type Route, route } from './route.ts';

export function docsPageRoute(): Route {
  return route({
    method: 'GET',
    path: '/docs',
    summary: 'A page to try the calls on',
    scope: null,
    answer: { status: 200, type: 'text/html; charset=utf-8' },
    handle: () =>
      new Response(PAGE, {
        headers: {
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': POLICY,
          'X-Content-Type-Options': 'nosniff',
          'Referrer-Policy': 'no-referrer',
        },
      }),
  });
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
label { display: block; margin: .5rem 0; }
label span { display: inline-block; min-width: 12rem; }
input, textarea { font: 13px monospace; padding: .3rem; width: 22rem; max-width: 100%; }
textarea { width: 100%; min-height: 7rem; box-sizing: border-box; }
details { border: 1px solid #8886; border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
code, pre { font: 13px monospace; }
b { display: inline-block; min-width: 4.5rem; font: bold 13px monospace; }
pre { max-height: 28rem; overflow: auto; padding: .6rem; background: #8882; white-space: pre-wrap; overflow-wrap: anywhere; }
small { opacity: .75; }
`;

const SCRIPT = String.raw`
const make = (tag, text, ...children) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
};
const token = document.querySelector('#token');
const main = document.querySelector('main');

const typeOf = (schema) =>
  schema.enum?.join(', ') ?? schema.anyOf?.map(typeOf).join(' or ') ?? schema.const ?? schema.type ?? '';

const fieldOf = (parameter) => {
  const input = make('input');
  input.placeholder = String(parameter.schema.default ?? '');
  input.required = parameter.required;
  const label = make('label', '', make('span', parameter.name), input, make('small', ' ' + typeOf(parameter.schema)));
  return { parameter, input, label };
};

const show = async (response, into) => {
  const type = response.headers.get('content-type') ?? '';
  into.textContent = response.status + ' ' + response.statusText + '\n\n';
  if (type.startsWith('application/json')) into.textContent += JSON.stringify(await response.json(), null, 2);
  else if (type.startsWith('text/')) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) into.textContent += part.value;
  } else {
    const link = make('a', 'save the answer');
    link.href = URL.createObjectURL(await response.blob());
    link.download = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'answer';
    into.append(link);
  }
};

const formOf = (schema) => {
  const inputs = Object.entries(schema.properties).map(([name, each]) => {
    const input = make('input');
    if (each.format === 'binary') input.type = 'file';
    else input.value = each.const ?? '';
    return { name, input, label: make('label', '', make('span', name), input) };
  });
  const content = () => {
    const form = new FormData();
    for (const { name, input } of inputs) form.append(name, input.files?.[0] ?? input.value);
    return form;
  };
  return { labels: inputs.map(({ label }) => label), content };
};

const tryIt = async (method, path, fields, content, into) => {
  const query = new URLSearchParams();
  let url = path;
  for (const { parameter, input } of fields) {
    if (parameter.in === 'path') url = url.replace('{' + parameter.name + '}', encodeURIComponent(input.value));
    else if (input.value !== '') query.set(parameter.name, input.value);
  }
  const text = query.toString();
  into.textContent = '...';
  try {
    const headers = token.value === '' ? {} : { Authorization: 'Bearer ' + token.value };
    await show(await fetch(url + (text && '?' + text), { method, headers, body: content?.() }), into);
  } catch (error) {
    into.textContent = String(error);
  }
};

const sectionOf = (path, method, operation) => {
  const fields = (operation.parameters ?? []).map(fieldOf);
  const types = operation.requestBody?.content ?? {};
  const schema = types['application/json']?.schema;
  const form = types['multipart/form-data'] && formOf(types['multipart/form-data'].schema);
  const into = make('pre');
  const details = make('details', '', make('summary', '', make('b', method.toUpperCase()), path, make('small', '  ' + operation.summary)));
  if (operation.description) details.append(make('p', operation.description));
  details.append(...fields.map(({ label }) => label));
  let content = form?.content;
  if (form) details.append(...form.labels);
  if (schema) {
    const body = make('textarea', '{}');
    content = () => body.value;
    body.setAttribute('aria-label', 'body');
    const names = Object.entries(schema.properties ?? {}).map(([name, each]) => name + ': ' + typeOf(each));
    details.append(make('label', 'body', body), make('details', '', make('summary', 'fields'), make('pre', names.join('\n'))));
  }
  const button = make('button', 'Send');
  button.addEventListener('click', () => tryIt(method.toUpperCase(), path, fields, content, into));
  const refusals = Object.entries(operation.responses).map(([status, { description }]) => status + ' ' + description);
  details.append(button, into, make('small', refusals.join('; ')));
  return details;
};

const api = await (await fetch('/openapi.json')).json();
document.querySelector('h1').textContent = api.info.title + ' ' + api.info.version;
for (const [path, operations] of Object.entries(api.paths))
  for (const [method, operation] of Object.entries(operations)) main.append(sectionOf(path, method, operation));
`;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Plimsoll</title>
<style>${STYLE}</style>
<h1>Plimsoll</h1>
<p>Each call of <a href="/openapi.json">/openapi.json</a>. What is sent here is done.</p>
<label><span>token</span><input id="token" type="password" autocomplete="off"></label>
<main></main>
<script type="module">${SCRIPT}</script>
</html>
`;

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const POLICY = [
  "default-src 'none'",
  `script-src ${hash(SCRIPT)}`,
  `style-src ${hash(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
