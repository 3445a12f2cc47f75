// The studio's own script: theme, palette, shortcuts, dropping a file, taking charts and tables along.
// What comes from data is set as text, never as markup.
(() => {
  "use strict";
  const root = document.documentElement;
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // Light or dark: the system decides until somebody does.
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("clew-theme"); } catch { return null; } };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const apply = () => {
    const dark = isDark();
    if (document.body) {
      document.body.classList.toggle("body--dark", dark);
      document.body.classList.toggle("body--light", !dark);
    }
    if (window.Quasar?.Dark && Quasar.Dark.isActive !== dark) Quasar.Dark.set(dark);
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-label", `Switch to the ${dark ? "light" : "dark"} theme`);
    }
    dispatchEvent(new CustomEvent("clew-theme", { detail: dark }));
  };
  if (["light", "dark"].includes(stored())) root.dataset.theme = stored();
  // Editors of text are coloured by the server.
  const tell = () => window.emitEvent?.("clew_theme", isDark());
  system.addEventListener("change", () => { apply(); tell(); });
  addEventListener("load", apply);
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("clew-theme", root.dataset.theme); } catch { /* a private window keeps nothing */ }
    apply();
    tell();
  };

  const go = (address) => {
    const link = make("a", { href: address });
    document.body.append(link);
    link.click();
    link.remove();
  };
  const project = () => {
    const parts = location.pathname.split("/");
    return parts[1] === "project" ? decodeURIComponent(parts[2] || "") : "";
  };
  const closeMenu = () => {
    document.querySelector(".shell")?.classList.remove("open");
    document.querySelector("[data-menu]")?.setAttribute("aria-expanded", "false");
  };

  // The palette: type where to go.
  let palette;
  const openPalette = async () => {
    palette ??= makePalette();
    palette.dialog.showModal();
    palette.field.value = "";
    const answer = await fetch(`/api/palette?project=${encodeURIComponent(project())}`);
    palette.items = answer.ok ? (await answer.json()).items : [];
    palette.show();
  };
  const makePalette = () => {
    const field = make("input", {
      class: "palette-field", type: "text", placeholder: "Go to a page, project or column", role: "combobox",
      "aria-label": "Go to", "aria-expanded": "true", "aria-controls": "palette-list", autocomplete: "off", spellcheck: "false",
    });
    const list = make("ul", { class: "palette-list", id: "palette-list", role: "listbox", "aria-label": "Places" });
    const dialog = make("dialog", { class: "clew-dialog", "aria-label": "Go to" }, field, list);
    const self = { dialog, field, items: [], chosen: 0 };
    const rank = (item, words) => {
      const label = item.label.toLowerCase();
      if (!words.every((word) => `${label} ${(item.note || "").toLowerCase()} ${item.kind}`.includes(word))) return -1;
      return label.startsWith(words[0] || "") ? 2 : label.includes(words[0] || "") ? 1 : 0;
    };
    self.show = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const found = self.items.map((item) => [rank(item, words), item]).filter(([r]) => r >= 0);
      found.sort((a, b) => b[0] - a[0]);
      self.chosen = 0;
      list.replaceChildren(...found.slice(0, 60).map(([, item], at) => {
        const note = make("small");
        note.textContent = item.note || item.kind;
        const line = make("li", { role: "option", id: `palette-${at}`, "aria-selected": String(at === 0), "data-to": item.to });
        line.append(item.label, note);
        return line;
      }));
      if (!found.length) {
        const none = make("li", { class: "palette-none", role: "option", "aria-disabled": "true" });
        none.textContent = "Nothing of that name.";
        list.append(none);
      }
      field.setAttribute("aria-activedescendant", found.length ? "palette-0" : "");
    };
    const choose = (at) => {
      const lines = [...list.querySelectorAll("li[aria-selected]")];
      if (!lines.length) return;
      self.chosen = (at + lines.length) % lines.length;
      lines.forEach((line, i) => line.setAttribute("aria-selected", String(i === self.chosen)));
      lines[self.chosen].scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", lines[self.chosen].id);
    };
    field.addEventListener("input", self.show);
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { choose(self.chosen + 1); event.preventDefault(); }
      if (event.key === "ArrowUp") { choose(self.chosen - 1); event.preventDefault(); }
      if (event.key === "Enter") list.querySelector('[aria-selected="true"]')?.click();
    });
    // A line is no link: what stands in an option is hidden from those who hear the page.
    list.addEventListener("click", (event) => {
      const to = event.target.closest("[data-to]")?.dataset.to;
      dialog.close();
      if (to) go(to);
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
    return self;
  };

  // Shortcuts: g and a letter lead to a place.
  const PLACES = { h: "/", o: "", f: "domain", d: "data", e: "explore", p: "prepare", t: "train", v: "evaluate", b: "deploy", m: "monitor", j: "jobs" };
  const WORDS = [
    ["Ctrl K or /", "go to a page, project or column"], ["g h", "all projects"], ["g o", "overview"], ["g f", "define"],
    ["g d", "data"], ["g e", "explore"], ["g p", "prepare"], ["g t, v, b, m", "train, evaluate, deploy, monitor"], ["g j", "jobs"],
    ["Ctrl Z, Ctrl Shift Z", "undo and redo a change of the recipe or the domain model"], ["d", "dark or light"], ["?", "these shortcuts"],
  ];
  let help;
  const openHelp = () => {
    if (!help) {
      const lines = WORDS.flatMap(([keys, words]) => {
        const term = make("dt");
        term.append(...keys.split(/(, | or )/).map((part, i) => (i % 2 ? part : make("kbd", {}, part))));
        return [term, make("dd", {}, words)];
      });
      const close = make("button", { class: "icon-button", type: "button", autofocus: "" }, "Close");
      const inside = make("div", { class: "shortcuts" }, make("h2", {}, "Keyboard shortcuts"), make("dl", {}, ...lines), close);
      help = make("dialog", { class: "clew-dialog", "aria-label": "Keyboard shortcuts" }, inside);
      close.addEventListener("click", () => help.close());
      help.addEventListener("click", (event) => { if (event.target === help) help.close(); });
      document.body.append(help);
    }
    help.showModal();
  };
  let waiting = false;
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], .cm-editor, .ag-cell-inline-editing");
  document.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if (control && event.key.toLowerCase() === "z" && !typing(event.target)) {
      const button = document.querySelector(event.shiftKey ? "[data-redo]" : "[data-undo]");
      if (button && !button.disabled) { event.preventDefault(); button.click(); }
      return;
    }
    if (control || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (waiting) {
      waiting = false;
      const key = PLACES[event.key];
      if (event.key === "h") go("/");
      else if (key !== undefined && project()) go(`/project/${encodeURIComponent(project())}${key ? `/${key}` : ""}`);
      return;
    }
    if (event.key === "g") { waiting = true; setTimeout(() => { waiting = false; }, 1200); }
    if (event.key === "/") { event.preventDefault(); openPalette(); }
    if (event.key === "?") openHelp();
    if (event.key === "d") switchTheme();
    if (event.key === "Escape") closeMenu();
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("[data-palette]")) openPalette();
    if (at("[data-theme-switch]")) switchTheme();
    if (at("[data-help]")) openHelp();
    if (at("[data-skip]")) { event.preventDefault(); document.getElementById("content")?.focus(); }
    const menu = at("[data-menu]");
    if (menu) {
      const open = document.querySelector(".shell").classList.toggle("open");
      menu.setAttribute("aria-expanded", String(open));
    } else if (at(".side a") || !at(".side")) closeMenu();
    const save = at("[data-save]");
    if (save) saveChart(save.closest("figure.chart"), save.dataset.save);
    const tableSave = at("[data-save-table]");
    if (tableSave) saveTable(tableSave.closest(".table-tools").nextElementSibling.querySelector("table"));
  });

  // Dropping a file: it is sent as it is, and its confirmation opened.
  const send = (zone, file) => {
    const bar = zone.querySelector("[data-drop-bar]"), said = zone.querySelector("[data-drop-error]");
    const fail = (text) => { said.textContent = text; said.hidden = false; bar.hidden = true; };
    said.hidden = true;
    bar.hidden = false;
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/uploads?name=${encodeURIComponent(file.name)}`);
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.addEventListener("error", () => fail("The connection was lost. Drop the file again."));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* told below */ }
      if (request.status === 200) go(`/new/${encodeURIComponent(answer.id)}`);
      else fail(`${answer.error || "The file was not taken."} ${answer.hint || ""}`.trim());
    });
    request.send(file);
  };
  const zoneOf = (event) => event.target instanceof Element && event.target.closest("[data-drop]");
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (event.dataTransfer?.types?.includes("Files")) event.preventDefault();
      const zone = zoneOf(event);
      document.querySelectorAll("[data-drop]").forEach((item) => item.classList.toggle("over", item === zone && kind === "dragover"));
      if (kind === "drop" && zone && event.dataTransfer.files.length) send(zone, event.dataTransfer.files[0]);
    });
  }
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-drop-file]") && event.target.files.length) {
      send(event.target.closest("[data-drop]"), event.target.files[0]);
    }
  });

  // Charts and tables can be taken along.
  const download = (name, blob) => {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  };
  const nameOf = (text, ending) => `${(text || "clew").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "clew"}.${ending}`;
  const shape = (tag, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  // What the colours of a chart mean stands beside it on the page, and goes along in the picture.
  const legendOf = (figure) => {
    for (let node = figure.parentElement; node && !node.matches("main"); node = node.parentElement) {
      const found = node.querySelector(":scope > ul.legend, :scope > * > ul.legend");
      if (found) return [...found.children].map((item) => [getComputedStyle(item.querySelector("i")).backgroundColor, item.textContent.trim()]);
    }
    return [];
  };
  const painted = (figure) => {
    const drawn = figure.querySelector("svg"), copy = drawn.cloneNode(true);
    const from = [drawn, ...drawn.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
    from.forEach((item, i) => {
      const style = getComputedStyle(item);
      for (const name of ["fill", "stroke", "font-family", "font-size"]) if (item.hasAttribute(name) || name.startsWith("f")) to[i].style.setProperty(name, style.getPropertyValue(name));
    });
    // Labels may reach beyond the drawing's own box, as the page lets them: the picture holds all of it.
    const box = drawn.viewBox.baseVal, held = drawn.getBBox(), edge = 8;
    const own = box?.width ? box : { x: 0, y: 0, width: drawn.clientWidth, height: drawn.clientHeight };
    const x = Math.min(own.x, held.x) - edge, y = Math.min(own.y, held.y) - edge;
    const width = Math.max(own.x + own.width, held.x + held.width) + edge - x;
    const bottom = Math.max(own.y + own.height, held.y + held.height) + edge, names = legendOf(figure);
    const height = bottom - y + (names.length ? 22 : 0);
    let across = x + edge;
    for (const [colour, text] of names) {
      copy.append(shape("rect", { x: across, y: bottom, width: 10, height: 10, fill: colour }));
      const word = shape("text", { x: across + 15, y: bottom + 9, "font-size": 11, fill: getComputedStyle(document.body).color, "font-family": "sans-serif" });
      word.textContent = text;
      copy.append(word);
      across += 30 + 6.5 * text.length;
    }
    const ground = shape("rect", { x, y, width, height });
    copy.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    ground.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
    copy.prepend(ground);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return { text: new XMLSerializer().serializeToString(copy), width, height };
  };
  const saveChart = (figure, kind) => {
    const label = figure.querySelector("[role=img]")?.getAttribute("aria-label");
    const { text, width, height } = painted(figure);
    const vector = new Blob([text], { type: "image/svg+xml" });
    if (kind === "svg") { download(nameOf(label, "svg"), vector); return; }
    const image = new Image(), address = URL.createObjectURL(vector);
    image.addEventListener("load", () => {
      const canvas = make("canvas");
      canvas.width = width * 2;
      canvas.height = height * 2;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob((blob) => download(nameOf(label, "png"), blob), "image/png");
    });
    image.src = address;
  };
  const cell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const saveTable = (table) => {
    const lines = [...table.rows].map((row) => [...row.cells].map((item) => cell(item.textContent.trim())).join(","));
    download(nameOf(table.caption?.textContent || document.title, "csv"), new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  };
  const equip = () => {
    for (const figure of document.querySelectorAll("figure.chart:not([data-equipped])")) {
      if (!figure.querySelector("svg")) continue;
      figure.dataset.equipped = "";
      figure.append(make("div", { class: "chart-save" },
        make("button", { type: "button", "data-save": "png", "aria-label": "Save the chart as PNG" }, "PNG"),
        make("button", { type: "button", "data-save": "svg", "aria-label": "Save the chart as SVG" }, "SVG")));
    }
    for (const frame of document.querySelectorAll(".page .scroll:not([data-equipped])")) {
      if (!frame.querySelector(":scope > table > thead") || frame.querySelector("input")) continue;
      frame.dataset.equipped = "";
      frame.before(make("div", { class: "table-tools" },
        make("button", { type: "button", class: "table-save", "data-save-table": "", "aria-label": "Save the table as CSV" }, "CSV")));
    }
  };
  // An editor's text is named as the editor is.
  const nameTexts = () => {
    for (const text of document.querySelectorAll(".editor .cm-content:not([aria-label])")) {
      text.setAttribute("aria-label", text.closest(".editor").getAttribute("aria-label") || "Text");
    }
  };
  let planned = false;
  new MutationObserver(() => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => { planned = false; equip(); nameTexts(); });
  }).observe(root, { childList: true, subtree: true });

  // What a mark of a chart says to a screen reader, the pointer sees as well.
  const tooltip = make("div", { class: "tooltip", role: "status", hidden: "" });
  addEventListener("load", () => document.body.append(tooltip));
  document.addEventListener("pointermove", (event) => {
    const mark = event.target instanceof Element ? event.target.closest(".chart path[aria-label]") : null;
    tooltip.hidden = !mark;
    if (!mark) return;
    tooltip.textContent = mark.getAttribute("aria-label");
    tooltip.style.left = `${Math.min(event.clientX + 12, innerWidth - tooltip.offsetWidth - 8)}px`;
    tooltip.style.top = `${Math.max(event.clientY - tooltip.offsetHeight - 10, 4)}px`;
  });
})();
