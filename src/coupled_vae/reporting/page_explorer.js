"use strict";
// The explorers of a page: what a run has decoded at the point of a grid nearest to a cursor in a latent plane.
// The cursor follows a pointer, a finger, and the arrow keys. Nothing is fetched.

const LARGEST = 65535, PLANE = 640, FAST = 5;
const INK = "#1b1f24", SOFT = "#5a6572", MARK = "#b34a00", PALE = "#b9bfc6";

// A place as text; no zero has a sign.
const shown = (place) => place.map((value) => (Math.round(100 * value) / 100 + 0).toFixed(2)).join(", ");

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Packed coordinates as numbers between low and high.
function unpacked(text, low, high) {
  const found = new DataView(bytesOf(text).buffer), values = new Float64Array(found.byteLength / 2);
  for (let i = 0; i < values.length; i++) {
    values[i] = low + (high - low) * found.getUint16(2 * i, true) / LARGEST;
  }
  return values;
}

// The point of a list x0, y0, x1, y1, ... nearest to a place, and how far it is.
function nearest(points, [x, y]) {
  let best = 0, least = Infinity;
  for (let i = 0; 2 * i < points.length; i++) {
    const distance = Math.hypot(points[2 * i] - x, points[2 * i + 1] - y);
    if (distance < least) [best, least] = [i, distance];
  }
  return { index: best, distance: least, at: [points[2 * best], points[2 * best + 1]] };
}

// A square drawing in which places have coordinates between low and high.
class Plane {
  constructor(canvas, low, high) {
    canvas.width = canvas.height = PLANE;
    Object.assign(this, { canvas, low, high, context: canvas.getContext("2d") });
  }
  pixels([x, y]) {
    const scale = PLANE / (this.high - this.low);
    return [(x - this.low) * scale, (this.high - y) * scale];
  }
  clear() {
    this.context.clearRect(0, 0, PLANE, PLANE);
  }
  dots(points, colours, size) {
    for (let i = 0; 2 * i < points.length; i++) {
      const [x, y] = this.pixels([points[2 * i], points[2 * i + 1]]);
      this.context.fillStyle = typeof colours === "string" ? colours
        : `rgb(${colours.slice(3 * i, 3 * i + 3).join()})`;
      this.context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
  keep() {
    this.kept = document.createElement("canvas");
    this.kept.width = this.kept.height = PLANE;
    this.kept.getContext("2d").drawImage(this.canvas, 0, 0);
  }
  restore() {
    this.clear();
    this.context.drawImage(this.kept, 0, 0);
  }
  ring(place, radius, colour) {
    const [x, y] = this.pixels(place);
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 7);
    Object.assign(this.context, { strokeStyle: colour, lineWidth: 4 });
    this.context.stroke();
  }
  square(place, half) {
    const [x, y] = this.pixels(place);
    Object.assign(this.context, { strokeStyle: INK, lineWidth: 3 });
    this.context.strokeRect(x - half, y - half, 2 * half, 2 * half);
  }
  cross(place) {
    const [x, y] = this.pixels(place), half = 16;
    this.context.beginPath();
    this.context.moveTo(x - half, y);
    this.context.lineTo(x + half, y);
    this.context.moveTo(x, y - half);
    this.context.lineTo(x, y + half);
    Object.assign(this.context, { strokeStyle: INK, lineWidth: 3 });
    this.context.stroke();
  }
  axes(name) {
    Object.assign(this.context, { fillStyle: SOFT, font: "22px system-ui, sans-serif" });
    const right = `${name}₁ = ${this.high}`;
    this.context.fillText(right, PLANE - this.context.measureText(right).width - 8, PLANE / 2 - 8);
    this.context.fillText(`${name}₂ = ${this.high}`, PLANE / 2 + 8, 24);
  }
}

// Draw one image of a sprite as large as a canvas.
function tile(canvas, sprite, index) {
  const { columns, width, height } = sprite.dataset, context = canvas.getContext("2d");
  canvas.width = 8 * width;
  canvas.height = 8 * height;
  context.imageSmoothingEnabled = false;
  const [x, y] = [width * (index % columns), height * Math.floor(index / columns)];
  context.drawImage(sprite, x, y, width, height, 0, 0, canvas.width, canvas.height);
}

class Explorer {
  constructor(root) {
    const find = (name) => root.querySelector(name), { extent, limits, size } = root.dataset;
    Object.assign(this, { root, find, extent: Number(extent), size: Number(size), at: [0, 0] });
    this.step = 2 * this.extent / (this.size - 1);
    this.frame = find(".plane");
    this.plane = new Plane(find(".plane canvas"), -this.extent, this.extent);
    this.colours = bytesOf(root.dataset.colours);
    this.classes = bytesOf(root.dataset.classes);
    if (limits) {
      this.limits = limits.split(" ").map(Number);
      this.points = new Plane(find("canvas.points"), ...this.limits);
      this.data = unpacked(root.dataset.points, ...this.limits);
    }
    for (const choice of root.querySelectorAll("input")) {
      choice.addEventListener("change", () => this.choose(choice));
    }
    for (const name of ["pointermove", "pointerdown"]) {
      this.frame.addEventListener(name, (event) => this.point(event));
    }
    this.frame.addEventListener("keydown", (event) => this.key(event));
    root.classList.add("ready");
    this.choose(find("input:checked"));
  }
  choose(choice) {
    this.codes = unpacked(choice.dataset.codes, -this.extent, this.extent);
    if (this.limits) {
      this.means = unpacked(choice.dataset.means, ...this.limits);
      this.points.clear();
      this.points.dots(this.data, PALE, 4);
      this.points.dots(this.means, INK, 4);
      this.points.axes("x");
      this.points.keep();
    } else {
      this.sprite = this.root.querySelector(`img[data-of="${choice.value}"]`);
    }
    this.plane.clear();
    this.plane.dots(this.codes, this.colours, 5);
    this.plane.axes("z");
    this.plane.keep();
    this.show();
  }
  point(event) {
    const box = this.plane.canvas.getBoundingClientRect(), reach = 2 * this.extent;
    this.move((event.clientX - box.left) / box.width * reach - this.extent,
      this.extent - (event.clientY - box.top) / box.height * reach);
  }
  key(event) {
    const step = this.step * (event.shiftKey ? FAST : 1), [x, y] = this.at;
    const to = {
      ArrowLeft: [x - step, y], ArrowRight: [x + step, y],
      ArrowUp: [x, y + step], ArrowDown: [x, y - step], Home: [0, 0],
    }[event.key];
    if (to) {
      event.preventDefault();
      this.move(...to);
    }
  }
  move(...place) {
    this.at = place.map((value) => Math.min(this.extent, Math.max(-this.extent, value)));
    this.show();
  }
  // The point of the grid nearest to the cursor: its place, and its index in rows of rising z2.
  point_of_grid() {
    const [column, row] = this.at.map((value) => Math.round((value + this.extent) / this.step));
    return {
      index: row * this.size + column,
      at: [column, row].map((count) => count * this.step - this.extent),
    };
  }
  show() {
    const code = nearest(this.codes, this.at), decoded = this.point_of_grid();
    this.plane.restore();
    this.plane.ring(code.at, 9, MARK);
    this.plane.square(decoded.at, 12);
    const said = [`z = (${shown(this.at)})`];
    if (this.limits) {
      const mean = [this.means[2 * decoded.index], this.means[2 * decoded.index + 1]];
      this.points.restore();
      this.points.ring(mean, 12, MARK);
      said.push(`decoded at (${shown(decoded.at)}) to x = (${shown(mean)})`);
    } else {
      tile(this.find("canvas.datum"), this.find("img.data"), code.index);
      tile(this.find("canvas.decoded"), this.sprite, decoded.index);
      said.push(`decoded at (${shown(decoded.at)})`);
    }
    said.push(`nearest code ${code.distance.toFixed(2)} away`);
    if (this.classes.length) said.push(`of class ${this.classes[code.index]}`);
    this.plane.cross(this.at);
    this.find("output").textContent = `${said.join("; ")}.`;
  }
}

addEventListener("load", () => {
  for (const root of document.querySelectorAll(".explorer")) new Explorer(root);
});
