// Draws a report as a picture: title, numbers, blocks of text, from the JSON beside the button. The
// picture is shown (a long press keeps it on a phone) and saved as PNG. Nothing leaves the browser.
import { onArrival } from "./page.js";

const WIDTH = 720;
const SCALE = 2;
const MARGIN = 32;
const COLUMNS = 4;
const CELL = 74;

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const font = (size, weight = 400) => `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;

/** The lines that a text takes in a width; Chinese breaks between any two signs. */
function wrapped(pen, text, width) {
  const lines = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.match(/[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+/g) || []) {
      if (line && pen.measureText((line + word).trimEnd()).width > width) {
        lines.push(line.trimEnd());
        line = "";
      }
      line += word;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

class Sheet {
  constructor(pen, drawing) {
    Object.assign(this, { pen, drawing, y: MARGIN });
  }

  text(text, { size, weight, color, x = MARGIN, width = WIDTH - 2 * MARGIN, leading = 1.45 }) {
    this.pen.font = font(size, weight);
    for (const line of wrapped(this.pen, text, width)) {
      if (this.drawing) {
        this.pen.fillStyle = token(color);
        this.pen.fillText(line, x, this.y + size);
      }
      this.y += size * leading;
    }
  }

  rule() {
    this.y += 12;
    if (this.drawing) {
      this.pen.fillStyle = token("--line");
      this.pen.fillRect(MARGIN, this.y, WIDTH - 2 * MARGIN, 1);
    }
    this.y += 16;
  }

  numbers(figures) {
    const width = (WIDTH - 2 * MARGIN) / COLUMNS;
    const top = this.y;
    figures.forEach(([label, number], place) => {
      const x = MARGIN + (place % COLUMNS) * width;
      this.y = top + Math.floor(place / COLUMNS) * CELL;
      this.text(label, { size: 14, color: "--ink2", x, width: width - 12, leading: 1.25 });
      this.text(String(number), { size: 26, weight: 650, color: "--ink", x, width });
    });
    this.y = top + Math.ceil(figures.length / COLUMNS) * CELL;
  }

  report({ title, subtitle, figures, blocks, foot }) {
    this.text(title, { size: 26, weight: 650, color: "--ink" });
    this.text(subtitle, { size: 15, color: "--ink2" });
    this.rule();
    this.numbers(figures);
    for (const [heading, text] of blocks) {
      this.rule();
      this.text(heading, { size: 14, weight: 600, color: "--ink2" });
      this.text(text, { size: 17, color: "--ink" });
    }
    this.rule();
    this.text(foot, { size: 13, color: "--ink2" });
    return Math.ceil(this.y + MARGIN / 2);
  }
}

function drawn(report) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const height = new Sheet(pen, false).report(report);
  Object.assign(canvas, { width: WIDTH * SCALE, height: height * SCALE });
  pen.scale(SCALE, SCALE);
  pen.fillStyle = token("--surface");
  pen.fillRect(0, 0, WIDTH, height);
  new Sheet(pen, true).report(report);
  return canvas;
}

function save(button) {
  const report = JSON.parse(document.getElementById(button.dataset.picture).textContent);
  const url = drawn(report).toDataURL("image/png");
  const shown = document.getElementById(button.dataset.shown);
  Object.assign(shown, { src: url, alt: report.title, hidden: false });
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: report.file });
  link.click();
}

onArrival("[data-picture]", (button) => { button.hidden = false; });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-picture]");
  if (button) save(button);
});
