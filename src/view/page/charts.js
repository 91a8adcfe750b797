// Two kinds of pictures: lines over steps, and matrices of coloured cells.

// Round numbers that cover a range: 1, 2 or 5 times a power of ten apart.
function ticksOf(low, high, most = 6) {
  if (!(high > low))
    return [low];
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const by = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / by - 1e-9); k * by <= high + by * 1e-9; k++)
    ticks.push(k * by);
  return ticks;
}

function decadesOf(low, high, most = 6) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const by = Math.max(1, Math.ceil((last - first) / most)), ticks = [];
  for (let p = first; p <= last; p += by)
    ticks.push(10 ** p);
  return ticks;
}

// Of a long list: Math.max takes only so many arguments.
const largest = (list) => list.reduce((a, b) => Math.max(a, b), -Infinity);
const least = (list) => list.reduce((a, b) => Math.min(a, b), Infinity);

const DECADES = 12; // below the largest; what is smaller leaves the picture

// lines: [{name, x: [], y: [], dash}]; options: {width, height, log, xName, yName, steps: pick(line, index)}.
function lineChart(lines, o) {
  const width = Math.max(300, o.width), height = o.height || 300, left = 62, bottom = 42, right = 96, top = 12;
  const usable = (v) => Number.isFinite(v) && (!o.log || v > 0);
  const ys = lines.flatMap((l) => l.y.filter(usable)), xs = lines.flatMap((l) => l.x);
  const root = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': o.label });
  if (!ys.length)
    return element('p', {}, o.log ? 'No number here is above 0.' : 'There are no numbers here.');
  const xLow = least(xs), xHigh = Math.max(largest(xs), xLow + 1);
  let low = o.log ? Math.max(least(ys), largest(ys) / 10 ** DECADES) : Math.min(0, least(ys)), high = largest(ys);
  if (o.log && low === high)
    [low, high] = [low / 2, high * 2];
  const ticks = o.log ? decadesOf(low, high) : ticksOf(low, high || 1);
  low = Math.min(low, ticks[0]);
  high = Math.max(high, ticks[ticks.length - 1]);
  const px = (x) => left + ((x - xLow) / (xHigh - xLow)) * (width - left - right);
  const share = (y) => (o.log ? Math.log(y / low) / Math.log(high / low) : (y - low) / (high - low));
  const py = (y) => height - bottom - share(y) * (height - bottom - top);
  for (const t of ticks) {
    root.append(svg('line', { x1: left, x2: width - right, y1: py(t), y2: py(t), class: 'rule' }));
    root.append(Object.assign(svg('text', { x: left - 7, y: py(t) + 4, 'text-anchor': 'end' }), { textContent: digits(t, 3) }));
  }
  for (const t of ticksOf(xLow, xHigh, Math.max(2, (width - left - right) / 60)).filter(Number.isInteger))
    root.append(Object.assign(svg('text', { x: px(t), y: height - bottom + 17, 'text-anchor': 'middle' }), { textContent: t }));
  root.append(Object.assign(svg('text', { x: (left + width - right) / 2, y: height - 6, 'text-anchor': 'middle' }),
    { textContent: o.xName }));
  root.append(Object.assign(svg('text', { x: 12, y: top + 4, class: 'name', transform: `rotate(-90 12 ${height / 2})`,
    'text-anchor': 'middle' }), { textContent: o.yName }));
  root.lastChild.setAttribute('y', height / 2);
  drawLines(root, lines, { px, py, usable, low, right: width - right, top, bottom: height - bottom, pick: o.pick });
  return root;
}

// Names stand at the ends of lines, pushed apart.
function drawLines(root, lines, f) {
  const ends = [];
  lines.forEach((line, k) => {
    let path = '', pen = false, last = null;
    line.y.forEach((y, i) => {
      const seen = f.usable(y) && y >= f.low;
      if (seen) {
        path += `${pen ? 'L' : 'M'}${f.px(line.x[i]).toFixed(1)} ${f.py(y).toFixed(1)}`;
        last = f.py(y);
      }
      pen = seen;
    });
    const p = svg('path', { d: path, class: `curve c${k % 8}`, 'stroke-dasharray': k >= 8 ? '5 4' : 'none' });
    root.append(p);
    if (line.y.length <= 400)
      line.y.forEach((y, i) => {
        if (!f.usable(y) || y < f.low)
          return;
        const dot = svg('circle', { cx: f.px(line.x[i]), cy: f.py(y), r: line.y.length > 80 ? 2 : 3.2, class: `dot c${k % 8}` });
        dot.append(Object.assign(svg('title'), { textContent: `${line.name}, step ${line.x[i]}: ${digits(y)}` }));
        if (f.pick)
          dot.addEventListener('click', () => f.pick(k, i));
        root.append(dot);
      });
    if (last !== null)
      ends.push({ name: line.name, k, y: last });
  });
  ends.sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++)
    ends[i].y = Math.max(ends[i].y, ends[i - 1].y + 14);
  const over = ends.length ? Math.max(0, ends[ends.length - 1].y - f.bottom) : 0;
  for (let i = ends.length - 1, most = f.bottom; over && i >= 0; i--, most -= 14)
    ends[i].y = Math.min(ends[i].y, most);
  for (const e of ends)
    root.append(Object.assign(svg('text', { x: f.right + 8, y: e.y + 4, class: `end c${e.k % 8}` }), { textContent: cutPath(e.name, 13) }));
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// The end of a path tells it from others.
function cutPath(text, most) {
  const last = text.includes('/') && text.length > most ? `…/${text.split('/').pop()}` : text;
  return cut(last, most);
}

const READABLE = 1500; // columns that are kept wide enough for a letter, and scrolled

// A matrix as cells: rows from above. o: {rows, columns, value(r, c), colour(x), tip(r, c), top: labels of
// columns, side: labels of rows, cell: largest size of a cell, pick(r, c), label, width}.
function matrix(o) {
  const side = o.side ? Math.min(110, 14 + 7 * Math.max(...o.side.map((t) => t.length))) : 0, head = o.top ? 18 : 0;
  const narrowest = o.columns <= READABLE ? o.least || 2 : 2;
  const wide = Math.max(narrowest, Math.min(o.cell || 18, Math.floor((o.width - side) / o.columns)));
  const high = o.square ? wide : Math.max(o.least || 2, Math.min(o.high || o.cell || 18, Math.floor(480 / o.rows)));
  const width = side + wide * o.columns, height = head + high * o.rows;
  const canvas = element('canvas', { role: 'img', 'aria-label': o.label });
  const paint = () => {
    const g = sharpen(canvas, width, height);
    g.font = '11px ui-monospace, monospace';
    g.textBaseline = 'middle';
    for (let r = 0; r < o.rows; r++)
      for (let c = 0; c < o.columns; c++) {
        g.fillStyle = o.colour(o.value(r, c));
        g.fillRect(side + c * wide, head + r * high, wide - (wide > 6 ? 1 : 0), high - (high > 6 ? 1 : 0));
      }
    g.fillStyle = THEME.ink;
    if (o.top) {
      const each = Math.max(1, Math.ceil((9 * Math.max(...o.top.map((t) => t.length))) / wide));
      g.textAlign = 'center';
      for (let c = 0; c < o.columns; c += each)
        g.fillText(o.top[c], side + (c + 0.5) * wide, 9);
    }
    if (o.side) {
      const each = Math.max(1, Math.ceil(12 / high));
      g.textAlign = 'right';
      for (let r = 0; r < o.rows; r += each)
        g.fillText(o.side[r], side - 5, head + (r + 0.5) * high);
    }
  };
  const cellAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const c = Math.floor((event.clientX - box.left - side) / wide), r = Math.floor((event.clientY - box.top - head) / high);
    return r >= 0 && c >= 0 && r < o.rows && c < o.columns ? [r, c] : null;
  };
  canvas.addEventListener('pointermove', (event) => {
    const cell = cellAt(event);
    tip(event, cell ? o.tip(...cell) : '');
  });
  canvas.addEventListener('pointerleave', () => tip(null, ''));
  if (o.pick)
    canvas.addEventListener('click', (event) => {
      const cell = cellAt(event);
      if (cell)
        o.pick(...cell);
    });
  paint();
  canvas.paint = paint;
  return canvas;
}

// What the colours of a matrix mean: a strip with its numbers.
function scaleOf(low, high, colour, name) {
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  canvas.paint = () => {
    const g = sharpen(canvas, 120, 10);
    for (let i = 0; i < 120; i++) {
      g.fillStyle = colour(low + ((high - low) * i) / 119);
      g.fillRect(i, 0, 1, 10);
    }
  };
  canvas.paint();
  return element('span', { class: 'scale' }, digits(low, 3), canvas, digits(high, 3), name ? ` ${name}` : '');
}
