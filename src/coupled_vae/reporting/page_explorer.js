"use strict";
// The explorers of a page: the code nearest to a cursor in a latent plane, and what was drawn there.
// The cursor follows a pointer, a finger, and the arrow keys. Nothing is fetched.

const LARGEST = 65535, PLANE = 640, STEP = 0.05, FAST = 5;
const INK = "#1b1f24", SOFT = "#5a6572", MARK = "#b34a00";

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
  dots(points, colours, size) {
    this.context.clearRect(0, 0, PLANE, PLANE);
    for (let i = 0; 2 * i < points.length; i++) {
      const [x, y] = this.pixels([points[2 * i], points[2 * i + 1]]);
      this.context.fillStyle = colours ? `rgb(${colours.slice(3 * i, 3 * i + 3).join()})` : "#b9bfc6";
      this.context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
  keep() {
    this.kept = document.createElement("canvas");
    this.kept.width = this.kept.height = PLANE;
    this.kept.getContext("2d").drawImage(this.canvas, 0, 0);
  }
  restore() {
    this.context.clearRect(0, 0, PLANE, PLANE);
    this.context.drawImage(this.kept, 0, 0);
  }
  ring(place, radius, colour) {
    const [x, y] = this.pixels(place);
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 7);
    Object.assign(this.context, { strokeStyle: colour, lineWidth: 4 });
    this.context.stroke();
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
    const find = (name) => root.querySelector(name), { extent, limits } = root.dataset;
    Object.assign(this, { root, find, extent: Number(extent), at: [0, 0] });
    this.frame = find(".plane");
    this.plane = new Plane(find(".plane canvas"), -this.extent, this.extent);
    this.colours = bytesOf(root.dataset.colours);
    this.classes = bytesOf(root.dataset.classes);
    if (limits) {
      this.limits = limits.split(" ").map(Number);
      this.points = new Plane(find("canvas.points"), ...this.limits);
      this.points.dots(unpacked(root.dataset.points, ...this.limits), null, 4);
      this.points.axes("x");
      this.points.keep();
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
    } else {
      this.decoded = unpacked(choice.dataset.decoded, -this.extent, this.extent);
      this.sprite = this.root.querySelector(`img[data-of="${choice.value}"]`);
    }
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
    const step = STEP * this.extent * (event.shiftKey ? FAST : 1), [x, y] = this.at;
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
  show() {
    const code = nearest(this.codes, this.at);
    this.plane.restore();
    this.plane.ring(code.at, 9, MARK);
    const said = [`z = (${shown(this.at)})`,
      `nearest code ${code.distance.toFixed(2)} away`];
    if (this.classes.length) said.push(`of class ${this.classes[code.index]}`);
    if (this.limits) {
      const mean = [this.means[2 * code.index], this.means[2 * code.index + 1]];
      this.points.restore();
      this.points.ring(mean, 12, MARK);
      said.push(`decoded to x = (${shown(mean)})`);
    } else {
      const decoded = nearest(this.decoded, this.at);
      this.plane.ring(decoded.at, 14, INK);
      tile(this.find("canvas.datum"), this.find("img.data"), code.index);
      tile(this.find("canvas.decoded"), this.sprite, decoded.index);
      said.push(`nearest decoded image ${decoded.distance.toFixed(2)} away`);
    }
    this.plane.cross(this.at);
    this.find("output").textContent = `${said.join("; ")}.`;
  }
}

addEventListener("load", () => {
  for (const root of document.querySelectorAll(".explorer")) new Explorer(root);
});
