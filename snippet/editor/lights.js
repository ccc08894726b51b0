// What is lit up on the page: boxes around elements, in the editor's own shadow root, so that the page's are not touched.
const MOST_LIGHTS = 150;
const lights = { shown: [], boxes: [], running: false };

/** Lights up elements: `[{element, kind, label}]`, instead of what was lit before. `kind` is chosen, like or source. */
const light = (shown) => {
  lights.shown = shown.slice(0, MOST_LIGHTS);
  drawLights();
  if (lights.shown.length > 0 && !lights.running) {
    lights.running = true;
    requestAnimationFrame(followLights);
  }
};

const followLights = () => {
  lights.running = lights.shown.length > 0;
  drawLights();
  if (lights.running) requestAnimationFrame(followLights);
};

const drawLights = () => {
  const isRightmost = page.innerWidth;
  while (lights.boxes.length < lights.shown.length) {
    // Made here and put there: such a node keeps the prototypes of this frame.
    const box = h("div", {}, h("span"));
    Reflect.apply(Node.prototype.appendChild, stage.root, [box]);
    lights.boxes.push(box);
  }
  lights.boxes.forEach((box, at) => drawLight(box, lights.shown[at], isRightmost));
};

const drawLight = (box, shown, most) => {
  const place = shown && placeOf(shown.element);
  const isThere = place && place.width > 0 && place.top < page.innerHeight && place.top + place.height > 0;
  box.className = isThere ? `light ${shown.kind}` : "light none";
  if (!isThere) return;
  box.firstChild.textContent = shown.label ?? "";
  const edge = 2;
  const put = {
    left: place.left - edge,
    top: place.top - edge,
    width: place.width + 2 * edge,
    height: place.height + 2 * edge,
  };
  for (const [name, size] of Object.entries(put)) box.style.setProperty(name, `${size}px`);
  box.classList.toggle("below", place.top < 30);
  box.classList.toggle("before", place.left > most / 2);
};
