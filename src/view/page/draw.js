// Colours, and what all drawings share. Values go from blue over the ground to red, by their sign;
// norms from the ground to one strong colour, by their logarithm.

const THEME = {};

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['ground', 'sheet', 'ink', 'faint', 'line', 'accent', 'forward', 'backward', 'low', 'high', 'strong'])
    THEME[name] = style.getPropertyValue(`--${name}`).trim();
  for (const name of ['sheet', 'low', 'high', 'strong'])
    THEME[`${name}Rgb`] = rgbOf(THEME[name]);
}

function rgbOf(hex) {
  const n = parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

function between(a, b, share) {
  const s = Math.max(0, Math.min(1, share));
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * s)).join(',')})`;
}

// A number on a scale from -most over 0 to most; a root spreads what is small.
function signColour(x, most) {
  if (!Number.isFinite(x))
    return THEME.accent;
  const share = most > 0 ? Math.sqrt(Math.min(1, Math.abs(x) / most)) : 0;
  return between(THEME.sheetRgb, x < 0 ? THEME.lowRgb : THEME.highRgb, share);
}

function shareColour(share) {
  return Number.isFinite(share) ? between(THEME.sheetRgb, THEME.strongRgb, share) : THEME.accent;
}

// Six orders of magnitude below the largest norm are told apart.
function normShare(norm, most) {
  if (!(norm > 0) || !(most > 0))
    return 0;
  return Math.max(0.06, 1 + Math.log10(norm / most) / 6);
}

function element(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith('on'))
      e.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      e.setAttribute(key, value === true ? '' : value);
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

function svg(name, attributes = {}, ...children) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes))
    e.setAttribute(key, value);
  e.append(...children);
  return e;
}

// A canvas of so many CSS pixels, sharp on any screen.
function sharpen(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

// A short text by the pointer.
function tip(event, text) {
  const box = document.getElementById('tip');
  box.hidden = !text;
  if (!text)
    return;
  box.textContent = text;
  const left = Math.min(event.clientX + 14, window.innerWidth - box.offsetWidth - 8);
  const top = event.clientY + 18 + box.offsetHeight > window.innerHeight ? event.clientY - box.offsetHeight - 10
    : event.clientY + 18;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${top}px`;
}
