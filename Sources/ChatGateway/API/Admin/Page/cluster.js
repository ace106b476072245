// What the nodes report, as it comes from this node's ops listener; nothing is kept but the last five minutes.
'use strict';

// Seconds: what is kept, and what charts show while less has come.
const kept = 300;
const spans = [60, 150, kept];
const goneAfter = 5000;
const charts = [
  { name: 'streams', title: 'Streams', unit: '' },
  { name: 'posts', title: 'Messages in, per second', unit: '/s' },
  { name: 'deliveries', title: 'Deliveries out, per second', unit: '/s' },
  { name: 'p99', title: 'From append to written: 99 of 100 within (ms)', unit: ' ms' },
];
const $ = (selector) => document.querySelector(selector);
const nodes = new Map();
let connectedSince = null;
let abort = null;

const list = (value) => (Array.isArray(value) ? value.filter((item) => item !== null) : []);

/** What a node has sent, if it can be read. */
function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** Takes a report, which may be of any version, as far as it goes. */
function take(report) {
  if (typeof report?.instance !== 'string' || typeof report.node !== 'string') return;
  const now = Date.now();
  let node = nodes.get(report.instance);
  if (!node) {
    // A node that has been started again goes on where it was.
    const before = [...nodes].find(([, other]) => other.report.node === report.node && isGone(other, now));
    if (before) nodes.delete(before[0]);
    node = before?.[1] ?? { samples: [], style: nextStyle() };
    nodes.set(report.instance, node);
  }
  const slowest = list(report.slowest).map((stream) => ({ ...stream, rooms: list(stream.rooms) }));
  node.report = { ...report, biggest: list(report.biggest), slowest };
  node.heard = now;
  node.samples.push({ time: now, ...Object.fromEntries(charts.map(({ name }) => [name, number(report[name])])) });
}

const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const isGone = (node, now) => now - Math.max(node.heard, connectedSince ?? now) > goneAfter;

/** The lowest number that no node has: eight colours, then the same dashed. */
function nextStyle() {
  const used = new Set([...nodes.values()].map((node) => node.style));
  let style = 0;
  while (used.has(style)) style += 1;
  return style;
}

/** Forgets nodes and samples that no chart shows any more. */
function forget(now) {
  for (const [instance, node] of nodes) {
    while (node.samples.length && node.samples[0].time < now - (kept + 5) * 1000) node.samples.shift();
    if (!node.samples.length && isGone(node, now)) nodes.delete(instance);
  }
}

/** The events of an event stream whose lines end in LF. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = { type: 'message', data: '' };
      for (const line of block.split('\n')) {
        if (line.startsWith('event: ')) event.type = line.slice(7);
        if (line.startsWith('data: ')) event.data += line.slice(6);
      }
      if (event.data) yield event;
    }
  }
}

let key = sessionStorage.getItem('ops-key');
let keyWasTyped = () => {};
const authorization = () => (key ? { Authorization: `Bearer ${key}` } : {});

/** Whether a header can carry the key: a request with another one is none. */
function isSendable() {
  try {
    return Boolean(new Headers(authorization()));
  } catch {
    return false;
  }
}

async function listen() {
  for (;;) {
    abort = new AbortController();
    let alarm;
    const postpone = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => abort.abort(new Error('Nothing came for 10 seconds')), 10000);
    };
    try {
      postpone();
      const options = { headers: authorization(), cache: 'no-store', signal: abort.signal };
      const answer = isSendable() && await fetch('events', options);
      if (!answer || answer.status === 401) {
        clearTimeout(alarm);
        await askForKey();
        continue;
      }
      if (!answer.ok) throw new Error((await answer.json()).detail);
      for await (const { type, data } of events(answer.body)) {
        postpone();
        if (type === 'ready') {
          connectedSince = Date.now();
          show('live', `Live, from ${JSON.parse(data).node}`);
        } else if (type === 'report') take(parsed(data));
      }
      throw new Error('The node has ended the connection');
    } catch (error) {
      clearTimeout(alarm);
      abort.abort();
      connectedSince = null;
      show('lost', 'Connection lost', `${error.message}. Trying again; what is shown is old.`);
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

async function askForKey() {
  const wasWrong = key !== null;
  key = null;
  sessionStorage.removeItem('ops-key');
  show('locked', 'Locked', wasWrong ? 'The ops listener does not take this key.' : '');
  $('#access').hidden = false;
  $('#key').focus();
  await new Promise((done) => { keyWasTyped = done; });
  $('#access').hidden = true;
  show('connecting', 'Connecting…');
}

$('#access').addEventListener('submit', (event) => {
  event.preventDefault();
  key = $('#key').value.trim();
  $('#key').value = '';
  // Gone with the tab.
  sessionStorage.setItem('ops-key', key);
  keyWasTyped();
});

function show(state, text, banner = '') {
  $('#connection').dataset.state = state;
  $('#connection').textContent = text;
  $('#banner').textContent = banner;
  $('#banner').hidden = !banner;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat('en', { notation: 'compact' });
const count = (value) => (number(value) === null ? '–' : whole.format(value));
const rate = (value) => (number(value) === null ? '–' : (value < 100 ? tenth : whole).format(value));
const time = (value) => (number(value) === null ? '–' : `${tenth.format(value)} ms`);

function bytes(value) {
  if (number(value) === null) return '–';
  const power = Math.min(3, Math.floor(Math.log2(Math.max(value, 1)) / 10));
  return `${tenth.format(value / 1024 ** power)} ${['B', 'KiB', 'MiB', 'GiB'][power]}`;
}

function duration(seconds) {
  if (number(seconds) === null) return '–';
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  if (days) return `${days} d ${hours % 24} h`;
  if (hours) return `${hours} h ${minutes % 60} min`;
  const rest = seconds % 60 ? ` ${seconds % 60} s` : '';
  return minutes ? `${minutes} min${rest}` : `${seconds} s`;
}

function element(name, attributes = {}, ...content) {
  const space = ['svg', 'line', 'path', 'text'].includes(name) ? '2000/svg' : '1999/xhtml';
  const made = document.createElementNS(`http://www.w3.org/${space}`, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

const styleOf = (node) => ({ 'data-colour': node.style % 8, 'data-dash': Math.floor(node.style / 8) % 3 });
const swatch = (node) => element(
  'svg', { class: 'swatch', viewBox: '0 0 24 8', 'aria-hidden': 'true' },
  element('line', { x1: 0, y1: 4, x2: 24, y2: 4, ...styleOf(node) }),
);

/** Brings a table's body up to date; rows stay where and what they are if they can, for focus and selections. */
function fill(body, items, make) {
  const old = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  const rows = items.map(({ key, cells, state = '' }) => {
    const row = old.get(key) ?? make(key);
    old.delete(key);
    row.dataset.key = key;
    row.className = state;
    row.querySelectorAll('.text').forEach((cell, index) => {
      if (cell.textContent === cells[index]) return;
      cell.textContent = cells[index];
      if (cell.closest('.clip')) cell.closest('.clip').title = cells[index];
    });
    return row;
  });
  for (const row of old.values()) {
    // The focus would begin anew at the top of the page.
    if (row.contains(document.activeElement)) body.closest('.scroll').focus();
    row.remove();
  }
  const isUsed = body.contains(document.activeElement);
  if (isUsed) body.append(...rows.filter((row) => !row.isConnected));
  else if (rows.some((row, index) => body.rows[index] !== row)) body.replaceChildren(...rows);
}

/** A row whose cells are of these kinds; the first is its head. */
const rowOf = (kinds) => element('tr', {}, ...kinds.map((kind, index) => element(
  index ? 'td' : 'th', { class: kind, ...(index ? {} : { scope: 'row' }) }, element('span', { class: 'text' }),
)));

function render() {
  const now = Date.now();
  forget(now);
  const all = [...nodes].sort(([, a], [, b]) => (a.report.node < b.report.node ? -1 : 1));
  const here = all.map(([, node]) => node).filter((node) => !isGone(node, now));
  const reports = here.map((node) => node.report);
  const rooms = biggestRooms(reports);
  renderTotals(all.length - here.length, reports, rooms);
  renderNodes(all, now);
  const age = (now - Math.min(now, ...all.map(([, node]) => node.samples[0]?.time ?? now))) / 1000;
  const span = spans.find((seconds) => age <= seconds) ?? kept;
  for (const chart of charts) draw(chart, all.map(([, node]) => node), now, span);
  fill($('#rooms tbody'), rooms.list.slice(0, 12).map(({ room, streams, isBound, on }) => ({
    key: room, cells: [room, `${isBound ? '≥ ' : ''}${count(streams)}`, count(on)],
  })), () => rowOf(['clip', 'number', 'number']));
  renderSlow(reports);
}

/** The rooms of all nodes; a node that has more than it names may have more streams in a room than are known. */
function biggestRooms(reports) {
  const found = new Map();
  for (const report of reports) {
    for (const { room, streams } of report.biggest) {
      const known = found.get(room) ?? { room, streams: 0, on: 0 };
      known.streams += number(streams) ?? 0;
      known.on += 1;
      found.set(room, known);
    }
  }
  const cut = reports.filter((report) => report.more_rooms);
  for (const known of found.values()) {
    known.isBound = cut.some((report) => !report.biggest.some(({ room }) => room === known.room));
  }
  const list = [...found.values()].sort((a, b) => b.streams - a.streams || (a.room < b.room ? -1 : 1));
  return { list, isCut: cut.length > 0 };
}

function renderTotals(gone, reports, rooms) {
  const sum = (name) => reports.reduce((total, report) => total + (number(report[name]) ?? 0), 0);
  const tell = (name, text, unit = '') => {
    const cell = $(`#total-${name}`);
    if (cell.dataset.text !== text + unit) cell.replaceChildren(text, unit && element('small', {}, ` ${unit}`));
    cell.dataset.text = text + unit;
  };
  const p99 = reports.map((report) => number(report.p99)).filter((value) => value !== null);
  tell('nodes', count(reports.length), gone ? `and ${gone} gone` : '');
  tell('streams', count(sum('streams')));
  tell('rooms', rooms.isCut
    ? `≥ ${count(Math.max(rooms.list.length, ...reports.map((report) => number(report.rooms) ?? 0)))}`
    : count(rooms.list.length));
  tell('posts', rate(sum('posts')), '/s');
  tell('deliveries', rate(sum('deliveries')), '/s');
  tell('p99', p99.length ? count(Math.max(...p99)) : '–', p99.length ? 'ms' : '');
  tell('slow', count(sum('slow')));
}

function renderNodes(all, now) {
  fill($('#nodes tbody'), all.map(([instance, node]) => {
    const { report } = node;
    const gone = isGone(node, now);
    const state = gone ? `gone for ${duration(Math.round((now - node.heard) / 1000))}`
      : report.ready ? 'ready' : report.reason ?? 'not ready';
    const p = gone ? {} : report;
    return {
      key: instance,
      state: gone ? 'gone' : report.ready ? 'ready' : 'busy',
      cells: [
        report.node, state, count(p.streams), count(p.rooms), rate(p.posts), rate(p.deliveries), time(p.p50),
        time(p.p99), count(p.slow), time(p.lag), bytes(p.memory), duration(p.uptime), report.version ?? '–',
      ],
    };
  }), (instance) => {
    const row = rowOf(['', '', ...Array(10).fill('number'), '']);
    row.firstChild.prepend(swatch(nodes.get(instance)));
    return row;
  });
  for (const row of $('#nodes tbody').rows) row.cells[1].className = `state-${row.className}`;
  const names = all.map(([, node]) => `${node.report.node} ${node.style}`).join('\n');
  if ($('#legend').dataset.names === names) return;
  $('#legend').dataset.names = names;
  $('#legend').replaceChildren(...all.map(([, node]) => element('li', {}, swatch(node), node.report.node)));
}

function renderSlow(reports) {
  const slow = reports.flatMap((report) => report.slowest.map((stream) => ({ ...stream, node: report.node })));
  slow.sort((a, b) => b.silent - a.silent || (a.stream < b.stream ? -1 : 1));
  const items = slow.slice(0, 50).map(({ stream, user, address, rooms, room_count: all, node, silent, held }) => {
    const names = all > rooms.length ? [...rooms, `and ${all - rooms.length} more`] : rooms;
    return {
      key: stream,
      cells: [stream, user ?? '–', address ?? '–', names.join(', '), node, duration(silent), bytes(held)],
    };
  });
  fill($('#slow tbody'), items, (id) => {
    const row = rowOf(['', 'clip', '', 'clip', '', 'number', 'number']);
    const { user } = slow.find(({ stream }) => stream === id);
    const button = element('button', { type: 'button', 'aria-label': `Disconnect stream ${id}` }, 'Disconnect');
    button.addEventListener('click', () => ask('stream', id, user));
    row.append(element('td', {}, button));
    return row;
  });
}

for (const chart of charts) {
  chart.svg = element('svg', { class: 'chart', role: 'img' });
  $('#charts').append(element('figure', {}, element('figcaption', {}, chart.title), chart.svg));
}

/** The lowest of 1, 2 and 5 times a power of ten that is not below. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].find((factor) => factor * power >= value) * power;
}

function draw({ name, title, unit, svg }, all, now, span) {
  const [width, height] = [svg.clientWidth || 400, svg.clientHeight || 160];
  const [left, right, top, bottom] = [52, width - 8, 8, height - 20];
  const highest = ceiling(Math.max(4, ...all.flatMap((node) => node.samples.map((sample) => sample[name] ?? 0))));
  const x = (moment) => right - ((now - moment) / 1000 / span) * (right - left);
  const y = (value) => bottom - (value / highest) * (bottom - top);
  const parts = [];
  for (const share of [0, 0.5, 1]) {
    const level = y(highest * share);
    parts.push(
      element('line', { class: 'grid', x1: left, x2: right, y1: level, y2: level }),
      element('text', { x: left - 6, y: level + 4, 'text-anchor': 'end' }, compact.format(highest * share)),
    );
  }
  for (const share of [1, 0.5, 0]) {
    const text = share ? `−${duration(share * span)}` : 'now';
    const anchor = ['end', 'middle', 'start'][share * 2];
    parts.push(element('text', { x: x(now - share * span * 1000), y: height - 4, 'text-anchor': anchor }, text));
  }
  for (const node of all) parts.push(element('path', { d: line(node.samples, name, x, y, left), ...styleOf(node) }));
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.replaceChildren(...parts);
  const said = all.filter((node) => !isGone(node, now))
    .map(({ report }) => `${report.node} ${number(report[name]) === null ? 'none' : rate(report[name]) + unit}`);
  svg.setAttribute('aria-label', `${title}, now: ${said.join(', ') || 'nothing'}. The same is in the table of nodes.`);
}

/** A line through the samples; where nothing was reported for a while, or there was no value, it is broken. */
function line(samples, name, x, y, left) {
  let path = '';
  let last = 0;
  for (const sample of samples) {
    const [value, place] = [sample[name], x(sample.time)];
    if (value === null || place < left) continue;
    path += `${sample.time - last > 3500 ? 'M' : 'L'}${place.toFixed(1)} ${y(value).toFixed(1)}`;
    // A single value is a dot.
    if (sample.time - last > 3500) path += 'h.1';
    last = sample.time;
  }
  return path;
}

let order = null;

function ask(kind, name, user) {
  order = { [kind]: name };
  $('#question').textContent = kind === 'user'
    ? `End all streams of the user “${name}”, on all nodes?`
    : `End the stream ${name}${user ? ` of “${user}”` : ''}, on whatever node it is?`;
  $('#barring').hidden = kind === 'stream' && !user;
  $('#lift').hidden = kind === 'stream';
  // So that the next result is heard, be it the same.
  $('#result').textContent = '';
  $('#bar').value = '';
  $('#confirm').returnValue = '';
  $('#confirm').showModal();
}

$('#disconnect').addEventListener('submit', (event) => {
  event.preventDefault();
  ask($('#kind').value, $('#target').value.trim());
});

$('#confirm').addEventListener('close', async () => {
  // The button that has asked may have gone meanwhile, with its row.
  if (document.activeElement === document.body) $('#slow-region').focus();
  if ($('#confirm').returnValue !== 'yes') return;
  if ($('#bar').value) order.bar = $('#bar').value;
  try {
    const headers = { 'Content-Type': 'application/json', ...authorization() };
    const answer = await fetch('disconnect', { method: 'POST', headers, body: JSON.stringify(order) });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail);
    $('#result').className = '';
    $('#result').textContent = `Told ${said.nodes === 1 ? 'one node' : `${said.nodes} nodes`} to end `
      + `${order.user === undefined ? `stream ${order.stream}` : `all streams of ${order.user}`}.`;
  } catch (error) {
    $('#result').className = 'failed';
    $('#result').textContent = `Nothing was ended: ${error.message}`;
  }
});

// A page that the browser keeps for the way back must not have the nodes report to it.
addEventListener('pagehide', () => abort?.abort());
render();
setInterval(render, 1000);
listen();
