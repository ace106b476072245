// The baseline of the comparison: the design that tutorials of server-sent events teach, on nothing but node:http.
// A room is a Set of responses; a POST of JSON is written to each of them, one after the other.
//   node Tests/Benchmarks/baseline.mjs 8081
import { createServer } from 'node:http';

const heartbeat = 15_000;
const limit = 64 * 1024;
const rooms = new Map();

function stream(room, request, response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(':\n\n');
  if (!rooms.has(room)) rooms.set(room, new Set());
  const listeners = rooms.get(room);
  listeners.add(response);
  request.on('close', () => {
    listeners.delete(response);
    if (listeners.size === 0 && rooms.get(room) === listeners) rooms.delete(room);
  });
}

function refuse(response, status) {
  response.writeHead(status, { 'Content-Length': 0 }).end();
}

function publish(room, request, response) {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (piece) => {
    body += piece;
    if (body.length > limit) request.destroy();
  });
  request.on('end', () => {
    let message;
    try {
      message = JSON.parse(body);
    } catch {
      return refuse(response, 400);
    }
    const frame = `data: ${JSON.stringify(message)}\n\n`;
    for (const listener of rooms.get(room) ?? []) listener.write(frame);
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify(message));
  });
}

const server = createServer((request, response) => {
  const [, first, room, what] = request.url.split('/');
  if (first !== 'rooms' || !room) refuse(response, 404);
  else if (request.method === 'GET' && what === 'events') stream(room, request, response);
  else if (request.method === 'POST' && what === 'messages') publish(room, request, response);
  else refuse(response, 404);
});

setInterval(() => {
  for (const listeners of rooms.values()) {
    for (const listener of listeners) listener.write(':\n\n');
  }
}, heartbeat);

// With the default of 511 waiting connections a crowd that arrives at once is refused by the kernel.
server.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 8081), backlog: 4096 });
