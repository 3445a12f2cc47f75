// A grid over rows that stay on the server: AG Grid fetches what is on the screen, sorted and filtered there.
// Headers tell type, quality and distribution of their column. Whatever comes from data is set as text, never as markup.
import * as AgGrid from "nicegui-aggrid";

const SVG = "http://www.w3.org/2000/svg";
const TYPES = {
  numeric: "123", categorical: "abc", ordinal: "a<b", binary: "0/1", boolean: "0/1", text: "text", datetime: "date", id: "id",
  nested: "{ }", image: "img", unknown: "?",
};
const TEXT = ["contains", "notContains", "startsWith", "endsWith", "equals", "notEqual", "blank", "notBlank"];
const AMOUNT = ["equals", "notEqual", "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual", "inRange", "blank", "notBlank"];
const FILTERS = {
  text: ["agTextColumnFilter", TEXT],
  number: ["agNumberColumnFilter", AMOUNT],
  date: ["agDateColumnFilter", AMOUNT],
  same: ["agTextColumnFilter", ["equals", "notEqual", "blank", "notBlank"]],
  there: ["agTextColumnFilter", ["blank", "notBlank"]],
};
const count = new Intl.NumberFormat("en-US");

const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const draw = (tag, attributes, title) => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (title) {
    const told = document.createElementNS(SVG, "title");
    told.textContent = title;
    made.append(told);
  }
  return made;
};
const share = (part, whole) => {
  if (!part || !whole) return "0 %";
  const percent = (100 * part) / whole;
  if (percent < 0.1) return "< 0.1 %";
  if (percent > 99.9 && part < whole) return "> 99.9 %";
  return `${percent.toFixed(percent === 100 ? 0 : 1)} %`;
};

// Asks for what stands above columns, many at a time, and once for each.
class Facts {
  constructor(address, failed) {
    this.address = address;
    this.failed = failed;
    this.known = new Map();
    this.waiting = new Map();
  }
  of(name, then) {
    if (this.known.has(name)) return void then(this.known.get(name));
    if (!this.waiting.size) setTimeout(() => this.ask(), 40);
    const asking = this.waiting.get(name) ?? [];
    this.waiting.set(name, [...asking, then]);
  }
  async ask() {
    const asked = this.waiting;
    this.waiting = new Map();
    const names = [...asked.keys()];
    // Few at a time: the first are shown while the next are computed.
    for (let at = 0; at < names.length; at += 8) {
      const columns = names.slice(at, at + 8);
      try {
        const { headers } = await post(`${this.address}/headers`, { columns });
        for (const header of headers) {
          this.known.set(header.name, header);
          for (const then of asked.get(header.name) ?? []) then(header);
        }
      } catch (error) {
        this.failed(error);
        return;
      }
    }
  }
}

async function post(address, question) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(question) });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error ? [told.error, told.hint].filter(Boolean).join(" ") : `The server answered ${answer.status}.`);
  return told;
}

// What stands above a column.
class Header {
  init(params) {
    this.params = params;
    const { column, facts, chosen, marks, tall } = params;
    this.gui = make("div", { class: "grid-header" });
    this.type = make("span", { class: "grid-type", title: `${column.kind}, ${column.dtype}` }, TYPES[column.kind] ?? column.kind);
    this.type.setAttribute("aria-label", `${column.kind}: `);
    const name = make("span", { class: "grid-name", title: column.name }, column.name || "(no name)");
    this.sort = make("button", { type: "button", class: "grid-sort", tabindex: "-1", "aria-label": "Sort by this column" });
    this.filter = make("button", { type: "button", class: "grid-filter", tabindex: "-1", "aria-label": "Filter this column" }, funnel());
    const first = make("div", { class: "grid-first" }, this.type, name);
    if (column.role !== "feature") first.append(make("span", { class: `badge ${column.role === "target" ? "good" : "info"}` }, column.role));
    if (marks[column.name]) first.append(make("span", { class: "badge info" }, marks[column.name]));
    first.append(make("span", { class: "grid-tools-of" }, this.sort, this.filter));
    this.gui.append(first);
    if (tall) {
      this.quality = make("div", { class: "grid-quality" });
      this.bars = make("div", { class: "grid-bars" });
      this.words = make("div", { class: "grid-words" }, " ");
      this.gui.append(this.quality, this.bars, this.words);
      facts.of(column.name, (header) => this.show(header));
    }
    this.gui.classList.toggle("choosable", Boolean(chosen.listen));
    this.onClick = (event) => {
      if (event.target.closest("button")) return;
      if (chosen.listen) chosen.choose(column);
      else params.progressSort(event.shiftKey);
    };
    this.gui.addEventListener("click", this.onClick);
    this.sort.addEventListener("click", (event) => params.progressSort(event.shiftKey || event.ctrlKey));
    this.filter.addEventListener("click", () => params.showFilter(this.gui));
    if (!column.sortable) this.sort.hidden = true;
    // From the keyboard: Enter chooses or sorts, s sorts, f filters.
    this.onKey = (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, .ag-popup")) return;
      const key = event.key.toLowerCase();
      if (key === "f") params.showFilter(this.gui);
      else if (key === "s" && column.sortable) params.progressSort(event.shiftKey);
      else if ((key === "enter" || key === " ") && chosen.listen) chosen.choose(column);
      else if ((key === "enter" || key === " ") && column.sortable) params.progressSort(event.shiftKey);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    params.eGridHeader.addEventListener("keydown", this.onKey, true);
    this.onState = () => this.state();
    params.column.addEventListener("sortChanged", this.onState);
    params.column.addEventListener("filterActiveChanged", this.onState);
    this.state();
  }
  state() {
    const { column } = this.params;
    const sorted = column.getSort();
    const place = column.getSortIndex();
    this.sort.textContent = sorted === "asc" ? "\u2191" : sorted === "desc" ? "\u2193" : "\u2195";
    if (sorted && place) this.sort.append(make("sub", {}, String(place + 1)));
    this.sort.classList.toggle("active", Boolean(sorted));
    this.filter.classList.toggle("active", column.isFilterActive());
  }
  show(header) {
    this.type.textContent = TYPES[header.type] ?? header.type;
    this.type.title = `${header.type}, ${header.dtype}`;
    this.type.setAttribute("aria-label", `${header.type}: `);
    const parts = [["valid", header.valid], ["missing", header.missing], ["invalid", header.invalid]];
    const told = parts.map(([word, rows]) => `${share(rows, header.rows)} ${word} (${count.format(rows)})`).join(", ");
    this.quality.setAttribute("role", "img");
    this.quality.setAttribute("aria-label", told);
    this.quality.title = told;
    for (const [word, rows] of parts) if (rows) this.quality.append(make("span", { class: word, style: `flex-grow:${rows}` }));
    this.bars.append(histogram(header));
    const poor = [];
    if (header.missing) poor.push(`${share(header.missing, header.rows)} missing`);
    if (header.invalid) poor.push(`${share(header.invalid, header.rows)} invalid`);
    const unit = header.unit ? ` ${header.unit}` : "";
    this.words.textContent = [header.words + unit, ...poor].join(" · ");
    this.words.title = this.words.textContent;
  }
  getGui() { return this.gui; }
  refresh() { return false; }
  destroy() {
    this.params.eGridHeader.removeEventListener("keydown", this.onKey, true);
    this.params.column.removeEventListener("sortChanged", this.onState);
    this.params.column.removeEventListener("filterActiveChanged", this.onState);
  }
}

// Values to choose from, the most frequent first, and a text that they have to contain.
class Values {
  init(params) {
    this.params = params;
    this.chosen = new Set();
    this.text = "";
    const name = params.described.name || "(no name)";
    this.gui = make("div", { class: "grid-values" });
    this.field = make("input", { type: "search", placeholder: params.described.text ? "Contains" : "Find", "aria-label": `Values of ${name} that contain` });
    this.list = make("ul", { role: "group", "aria-label": `Values of ${name}` });
    const reset = make("button", { type: "button", class: "grid-button" }, "Reset");
    this.gui.append(this.field, this.list, reset);
    this.field.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => { this.text = this.field.value; this.show(); if (params.described.text && !this.chosen.size) params.filterChangedCallback(); }, 250);
    });
    reset.addEventListener("click", () => { this.setModel(null); params.filterChangedCallback(); });
  }
  async load() {
    if (this.values) return;
    try {
      const { values } = await post(`${this.params.address}/values`, { column: this.params.described.name });
      this.values = [...values.map(({ value, count: rows }) => [value, rows]), [null, null]];
      this.show();
    } catch (error) {
      this.list.replaceChildren(make("li", { class: "bad", role: "alert" }, error.message));
    }
  }
  show() {
    const wanted = this.text.trim().toLowerCase();
    const found = (this.values ?? []).filter(([value]) => !wanted || (value ?? "missing").toLowerCase().includes(wanted));
    this.list.replaceChildren(...found.map(([value, rows]) => {
      const box = make("input", { type: "checkbox" });
      box.checked = this.chosen.has(value);
      box.addEventListener("change", () => {
        if (box.checked) this.chosen.add(value);
        else this.chosen.delete(value);
        this.params.filterChangedCallback();
      });
      const word = make("span", { class: value ? "grid-value" : "grid-value grid-missing" }, value === null ? "missing" : value || "empty");
      return make("li", {}, make("label", {}, box, word, make("small", {}, rows === null ? "" : count.format(rows))));
    }));
  }
  getGui() { return this.gui; }
  afterGuiAttached() { this.load(); this.field.focus(); }
  isFilterActive() { return this.chosen.size > 0 || (this.params.described.text && this.text.trim() !== ""); }
  doesFilterPass() { return true; }
  getModel() {
    if (this.chosen.size) return { filterType: "set", values: [...this.chosen] };
    return this.isFilterActive() ? { filterType: "text", type: "contains", filter: this.text.trim() } : null;
  }
  setModel(model) {
    this.chosen = new Set(model?.filterType === "set" ? model.values : []);
    this.text = this.field.value = model?.filterType === "text" ? model.filter : "";
    this.show();
  }
  destroy() { clearTimeout(this.typing); }
}

function funnel() {
  const drawn = draw("svg", { viewBox: "0 0 16 16", width: 13, height: 13, "aria-hidden": "true" });
  drawn.append(draw("path", { d: "M2 3h12l-4.800 5.800V13l-2.400-1.400V8.800z", fill: "none", stroke: "currentColor", "stroke-width": "1.400", "stroke-linejoin": "round" }));
  return drawn;
}

function histogram(header) {
  const bars = header.bars;
  const drawn = draw("svg", { viewBox: `0 0 ${Math.max(bars.length, 1)} 1`, preserveAspectRatio: "none", role: "img" });
  drawn.setAttribute("aria-label", bars.length ? `Distribution: ${header.words}` : "No distribution");
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const gap = header.binned ? 0.06 : 0.16;
  bars.forEach((bar, at) => {
    const title = `${bar.label}: ${count.format(bar.count)} ${bar.count === 1 ? "row" : "rows"} (${share(bar.count, header.rows)})`;
    const group = draw("g", {}, title);
    const height = bar.count ? Math.max(bar.count / most, 0.04) : 0;
    group.append(draw("rect", { x: at, y: 0, width: 1, height: 1, class: "grid-bar-back" }));
    group.append(draw("rect", { x: at + gap / 2, y: 1 - height, width: 1 - gap, height, class: header.binned ? "grid-bar" : "grid-bar label" }));
    drawn.append(group);
  });
  return drawn;
}

// Wide enough for the name, and for a number with all its digits.
function widthOf(column) {
  const name = 62 + 7.6 * column.name.length + (column.role === "feature" ? 0 : 52);
  const cells = column.dtype.startsWith("Float64") ? 186 : column.dtype.startsWith("Datetime") ? 172 : column.number ? 118 : column.kind === "text" ? 260 : 150;
  return Math.round(Math.min(320, Math.max(cells, name)));
}

const variable = (name) => `var(--${name})`;
const theme = AgGrid.themeQuartz.withParams({
  accentColor: variable("accent"), backgroundColor: variable("sheet"), foregroundColor: variable("ink"), textColor: variable("ink"),
  borderColor: variable("rule"), chromeBackgroundColor: variable("sheet"), headerBackgroundColor: variable("sheet"), headerTextColor: variable("ink"),
  rowHoverColor: variable("quiet-bg"), selectedRowBackgroundColor: variable("info-bg"), oddRowBackgroundColor: variable("sheet"),
  menuBackgroundColor: variable("sheet"), menuTextColor: variable("ink"), inputBackgroundColor: variable("sheet"), inputBorder: { color: variable("edge") },
  inputTextColor: variable("ink"), subtleTextColor: variable("soft"), tooltipBackgroundColor: variable("ink"), tooltipTextColor: variable("sheet"),
  pickerButtonBackgroundColor: variable("sheet"), pickerListBackgroundColor: variable("sheet"), browserColorScheme: "inherit",
  fontFamily: "inherit", headerFontFamily: "inherit", fontSize: 13, headerFontSize: 13, cellHorizontalPadding: 10, wrapperBorderRadius: 8,
  spacing: 6, columnBorder: { color: variable("rule") }, headerColumnBorder: { color: variable("rule") }, headerColumnResizeHandleColor: "transparent",
});

export default {
  template: `
    <div class="clew-grid" :aria-busy="busy ? 'true' : 'false'">
      <div class="grid-tools">
        <label v-if="searchable" class="grid-search"><span class="unseen">Search the texts of {{ label }}</span>
          <input type="search" placeholder="Search texts" v-model="search" @input="searched" autocomplete="off" spellcheck="false"></label>
        <span class="grid-count" role="status">{{ counted }}</span>
        <button v-if="filtered" type="button" class="grid-button" @click="clear">Show all rows</button>
        <span class="grow"></span>
        <slot></slot>
        <a v-if="saveAs" class="grid-button" :href="csv" :download="saveAs">Save as CSV</a>
      </div>
      <p v-if="problem" class="grid-problem bad" role="alert">{{ problem }}</p>
      <div class="grid-table" ref="table" :style="{ height: tableHeight }"></div>
      <dialog class="clew-dialog grid-cell" ref="cell" :aria-label="cellTitle">
        <header><strong>{{ cellTitle }}</strong><button type="button" class="grid-button" @click="$refs.cell.close()">Close</button></header>
        <pre tabindex="0">{{ cellText }}</pre>
      </dialog>
    </div>`,
  props: {
    address: String, columns: Array, rows: Number, label: String, saveAs: String, height: String, changed: Object, marks: Object,
    chosen: String, listens: Boolean, searchable: Boolean, tall: Boolean, numbered: Boolean,
  },
  data: () => ({ search: "", counted: "", filtered: false, problem: "", busy: true, csv: "", cellTitle: "", cellText: "" }),
  computed: {
    tableHeight() {
      if (this.height) return this.height;
      // As tall as its rows, up to the window.
      const header = this.tall ? 104 : 36;
      return `min(${header + 28 * Math.max(this.rows, 2) + 18}px, 70vh)`;
    },
  },
  mounted() {
    AgGrid.ModuleRegistry.registerModules([AgGrid.AllCommunityModule]);
    this.build();
  },
  unmounted() {
    clearTimeout(this.typing);
    this.api?.destroy();
    this.api = undefined;
  },
  watch: {
    // The columns belong to the address; an update that brings them again changes nothing.
    address() { this.api?.destroy(); this.problem = ""; this.build(); },
  },
  methods: {
    build() {
      // Plain copies: what Vue watches would be watched cell by cell.
      this.own = JSON.parse(JSON.stringify(this.columns));
      this.byId = new Map(this.own.map((column, at) => [`c${at}`, column]));
      this.facts = new Facts(this.address, (error) => { this.problem = error.message; });
      this.picked = this.chosen;
      this.highlight(this.changed);
      this.asked = this.view();
      this.tell(this.rows, false);
      const block = Math.max(20, Math.min(100, Math.floor(20000 / Math.max(1, this.own.length))));
      this.api = AgGrid.createGrid(this.$refs.table, {
        theme,
        columnDefs: this.definitions(),
        defaultColDef: { resizable: true, suppressHeaderMenuButton: true, suppressMovable: false, minWidth: 60 },
        rowModelType: "infinite",
        datasource: { getRows: (params) => this.fetchRows(params) },
        cacheBlockSize: block, maxBlocksInCache: 30, cacheOverflowSize: 1, maxConcurrentDatasourceRequests: 2, blockLoadDebounceMillis: 40,
        infiniteInitialRowCount: Math.max(1, Math.min(this.rows, block)),
        rowHeight: 28, headerHeight: this.tall ? 104 : 36,
        suppressDragLeaveHidesColumns: true, suppressFieldDotNotation: true, multiSortKey: "ctrl", tooltipShowDelay: 300,
        enableCellTextSelection: true, ensureDomOrder: true, animateRows: false,
        suppressMultiSort: false, alwaysMultiSort: false, suppressMovableColumns: false,
        overlayNoRowsTemplate: '<span class="lead">No row passes.</span>',
        onSortChanged: () => this.changedView(),
        onFilterChanged: () => this.changedView(),
        onCellDoubleClicked: (event) => this.open(event),
        onCellKeyDown: (event) => { if (event.event.key === "Enter") this.open(event); },
      });
      this.api.setGridAriaProperty("label", this.label);
      this.mark();
    },
    definitions() {
      const definitions = this.own.map((column, at) => this.definition(column, at));
      if (!this.numbered) return definitions;
      const width = Math.max(56, 24 + 8.5 * count.format(Math.max(0, this.rows)).length);
      const number = {
        colId: "position", headerName: "Row", pinned: "left", width, minWidth: width, maxWidth: width, sortable: false, resizable: false,
        suppressMovable: true, cellClass: "grid-position", lockPosition: true, headerTooltip: "Place of the row in the table, from 0",
        valueGetter: (params) => params.data?.position, valueFormatter: (params) => (params.value === undefined ? "" : count.format(params.value)),
      };
      return [number, ...definitions];
    },
    definition(column, at) {
      const [filter, filterOptions] = column.filter === "values" ? [Values, undefined] : FILTERS[column.filter];
      const few = { described: column, address: this.address };
      const usual = { filterOptions, maxNumConditions: 4, buttons: ["reset"], debounceMs: 300, includeTime: false };
      const missing = (params) => params.data !== undefined && (params.value === null || (column.number && params.value === "NaN"));
      const id = `c${at}`;
      return {
        colId: id, headerName: column.name || "(no name)", sortable: column.sortable, filter,
        filterParams: column.filter === "values" ? few : usual,
        width: widthOf(column),
        headerComponent: Header,
        headerComponentParams: {
          column, facts: this.facts, marks: this.marks ?? {}, tall: this.tall,
          chosen: { listen: this.listens, choose: (chosen) => this.$emit("column", { column: chosen.name }) },
        },
        valueGetter: (params) => params.data?.cells[at],
        valueFormatter: (params) => {
          if (params.data === undefined) return "";
          if (params.value === null) return "missing";
          return params.value === "" ? "empty" : params.value;
        },
        tooltipValueGetter: (params) => {
          const note = this.notes[id]?.[params.data?.position];
          if (note) return note;
          return params.value && params.value.length > 24 ? params.value : null;
        },
        cellClassRules: {
          "grid-number": () => column.number,
          "grid-missing": missing,
          "grid-empty": (params) => params.value === "",
          "grid-changed": (params) => this.notes[id] !== undefined && params.data !== undefined && params.data.position in this.notes[id],
          "grid-chosen": () => this.picked === column.name,
          "grid-loading": (params) => params.data === undefined,
        },
      };
    },
    choose(name) {
      this.picked = name;
      this.api?.refreshCells({ force: true });
      this.mark();
    },
    highlight(changed) {
      // Column → position of a row → what to say of the cell.
      this.notes = {};
      this.own.forEach((column, at) => {
        const found = changed?.[column.name];
        if (found) this.notes[`c${at}`] = Object.fromEntries(found);
      });
      if (this.api && !this.api.isDestroyed()) this.api.refreshCells({ force: true });
    },
    mark() {
      for (const [id, column] of this.byId) {
        const heading = this.$refs.table.querySelector(`.ag-header-cell[col-id="${id}"]`);
        heading?.classList.toggle("grid-chosen", column.name === this.picked);
      }
    },
    view() {
      const sorted = (this.api?.getColumnState() ?? []).filter((state) => state.sort && this.byId.has(state.colId));
      sorted.sort((one, other) => (one.sortIndex ?? 0) - (other.sortIndex ?? 0));
      const filters = Object.entries(this.api?.getFilterModel() ?? {}).map(([id, model]) => [this.byId.get(id).name, model]);
      const asked = {
        orders: sorted.map((state) => ({ column: this.byId.get(state.colId).name, descending: state.sort === "desc" })),
        filters: Object.fromEntries(filters),
        search: this.search,
      };
      this.csv = `${this.address}/csv?name=${encodeURIComponent(this.saveAs ?? "")}&asked=${encodeURIComponent(JSON.stringify(asked))}`;
      this.filtered = filters.length > 0 || this.search.trim() !== "";
      return asked;
    },
    changedView() { this.asked = this.view(); },
    searched() {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => { this.asked = this.view(); this.api.purgeInfiniteCache(); this.api.ensureIndexVisible(0); }, 250);
    },
    clear() {
      this.search = "";
      this.asked = this.view();
      if (Object.keys(this.api.getFilterModel()).length) this.api.setFilterModel(null);
      else this.api.purgeInfiniteCache();
    },
    async fetchRows(params) {
      // Taken anew: the grid asks before it says that sort or filter changed.
      this.asked = this.view();
      this.busy = true;
      const visible = this.own.map((column) => column.name);
      try {
        const question = { ...this.asked, start: params.startRow, stop: params.endRow, columns: visible };
        const found = await post(`${this.address}/rows`, question);
        if (!this.api) return;
        this.problem = "";
        const rows = found.rows.map((cells, at) => ({ cells, position: found.positions[at] }));
        params.successCallback(rows, found.total);
        this.tell(found.total, this.filtered);
        if (!found.total) this.api.showNoRowsOverlay();
        else this.api.hideOverlay();
      } catch (error) {
        this.problem = error.message;
        params.failCallback();
      } finally {
        this.busy = false;
        if (this.api) this.mark();
      }
    },
    tell(total, filtered) {
      const word = this.rows === 1 ? "row" : "rows";
      this.counted = filtered ? `${count.format(total)} of ${count.format(this.rows)} ${word}` : `${count.format(this.rows)} ${word}`;
    },
    async open(event) {
      const column = this.byId.get(event.column.getColId());
      if (!column || event.data === undefined) return;
      this.cellTitle = `${column.name}, row ${count.format(event.data.position)}`;
      this.cellText = event.value ?? "missing";
      this.$refs.cell.showModal();
      if (event.value === null) return;
      try {
        const question = { ...this.asked, start: event.node.rowIndex, stop: event.node.rowIndex + 1, columns: [column.name], whole: true };
        const found = await post(`${this.address}/rows`, question);
        if (found.positions[0] === event.data.position) this.cellText = found.rows[0][0] ?? "missing";
      } catch (error) {
        this.problem = error.message;
      }
    },
    show_position(position) {
      this.api.ensureIndexVisible(position, "middle");
    },
    show_column(name) {
      const at = this.own.findIndex((column) => column.name === name);
      if (at >= 0) this.api.ensureColumnVisible(`c${at}`);
      setTimeout(() => this.mark(), 50);
    },
  },
};
