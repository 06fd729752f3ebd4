// What a page can do beyond being read: values under the pointer, a slider over steps, pictures and numbers as files.
for (const figure of document.querySelectorAll("figure")) {
  const svg = figure.querySelector("svg"), data = figure.querySelector("script");
  if (!svg) continue;
  const tools = document.createElement("div");
  tools.className = "tools";
  const said = document.createElement("output");
  tools.append(said);
  const marks = data ? JSON.parse(data.textContent) : null;
  const title = figure.querySelector("strong").textContent.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "").toLowerCase();
  if (marks) {
    const dot = document.createElementNS(svg.namespaceURI, "circle");
    for (const [name, value] of [["r", 6], ["fill", "none"], ["stroke", "currentColor"], ["stroke-width", 2], ["visibility", "hidden"]]) dot.setAttribute(name, value);
    svg.append(dot);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
      const at = [(event.clientX - box.x) * scale, (event.clientY - box.y) * scale];
      let best = null, least = Infinity;
      for (const { name, marks: all } of marks.series) for (const mark of all) {
        const distance = Math.hypot(mark[2] - at[0], mark[3] - at[1]);
        if (distance < least) [best, least] = [[name, mark], distance];
      }
      if (!best) return;
      const [name, [x, y, cx, cy]] = best;
      said.textContent = `${name ? name + ": " : ""}${marks.axes[0]} ${x}, ${marks.axes[1]} ${y}`;
      for (const [key, value] of [["cx", cx], ["cy", cy], ["visibility", "visible"]]) dot.setAttribute(key, value);
    });
    svg.addEventListener("pointerleave", () => { said.textContent = ""; dot.setAttribute("visibility", "hidden"); });
  }
  if (figure.classList.contains("steps")) {
    const lines = [...svg.querySelectorAll(".line")], before = lines.map((line) => line.getAttribute("opacity"));
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, max: lines.length, value: lines.length });
    slider.setAttribute("aria-label", "which step is shown");
    slider.addEventListener("input", () => {
      const chosen = Number(slider.value), all = chosen === lines.length;
      lines.forEach((line, at) => line.setAttribute("opacity", all ? before[at] : at === chosen ? 1 : 0.08));
      said.textContent = all ? "all steps" : marks.series[chosen].name;
    });
    tools.append(slider);
  }
  const save = (name, make) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.title = `save this ${name === "CSV" ? "picture's numbers" : "picture"} as ${name}`;
    button.addEventListener("click", () => make((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${title}.${name.toLowerCase()}`;
      link.click();
      URL.revokeObjectURL(link.href);
    }));
    tools.append(button);
  };
  // A picture by itself, with the names of what is drawn below it.
  const alone = () => {
    const copy = svg.cloneNode(true), { width, height } = svg.viewBox.baseVal;
    const names = [...figure.querySelectorAll(".key span")];
    names.forEach((name, at) => {
      const text = document.createElementNS(svg.namespaceURI, "text"), y = height + 14 + 20 * at;
      text.textContent = "\u25cf " + name.textContent;
      const style = name.querySelector("i").style;
      for (const [key, value] of [["x", 46], ["y", y], ["font-size", 14], ["font-family", "sans-serif"], ["fill", style.backgroundColor || style.borderTopColor]]) text.setAttribute(key, value);
      copy.append(text);
    });
    const total = height + 20 * names.length;
    copy.setAttribute("height", total);
    copy.setAttribute("viewBox", `0 0 ${width} ${total}`);
    copy.setAttribute("color", getComputedStyle(svg).color);
    copy.style.background = getComputedStyle(document.body).backgroundColor;
    return new XMLSerializer().serializeToString(copy);
  };
  save("SVG", (done) => done(new Blob([alone()], { type: "image/svg+xml" })));
  save("PNG", (done) => {
    const image = new Image(), canvas = document.createElement("canvas"), { width, height } = svg.viewBox.baseVal;
    const total = height + 20 * figure.querySelectorAll(".key span").length;
    Object.assign(canvas, { width: 3 * width, height: 3 * total });
    image.onload = () => {
      const context = canvas.getContext("2d");
      const ground = getComputedStyle(document.body).backgroundColor;
      context.fillStyle = /, 0\)$/.test(ground) ? (matchMedia("(prefers-color-scheme: dark)").matches ? "#121212" : "#fff") : ground;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(done);
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(alone());
  });
  if (marks) save("CSV", (done) => {
    // What a spreadsheet would take for a formula is text.
    const cell = (value) => {
      const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) && !Number.isFinite(Number(value)) ? "'" + value : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const rows = marks.series.flatMap(({ name, marks: all }) => all.map(([x, y]) => [name, x, y].map(cell).join(",")));
    done(new Blob([["series", ...marks.axes].map(cell).join(",") + "\n" + rows.join("\n") + "\n"], { type: "text/csv" }));
  });
  figure.append(tools);
}
