// The peer of the JSON benchmark on Node's http: serialises the object of a body for every request.
//
//   node hello.js PORT BODY [HEADERS]
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');

const [port, bodyFile, headersFile] = process.argv.slice(2);
const value = JSON.parse(readFileSync(bodyFile, 'utf8'));
const headers = Object.fromEntries(
  (headersFile ? readFileSync(headersFile, 'utf8') : 'Content-Type: application/json')
    .split(/\r?\n/).filter(Boolean).map((line) => line.split(/: (.*)/s).slice(0, 2)));

const server = createServer((request, response) => {
  const body = JSON.stringify(value);
  response.writeHead(200, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
