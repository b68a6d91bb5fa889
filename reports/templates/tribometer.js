// Makes a table sortable by its headings that carry data-sort: "words", or the direction of the first click on a column of numbers. A cell's
// number is its data-value, or the first number in its text as it is shown.
// Where a <template class="rows"> follows a table, a line a row, the table can be searched and turned over page by page.
// Before printing, everything folded away is opened. Pages work without this file.
(() => {
  "use strict";

  const PAGE = 25;

  const read = (text) => {
    const found = text.match(/[−+]?[\d,]+(\.\d+)?/);
    return found ? Number(found[0].replace("−", "-").replaceAll(",", "")) : NaN;
  };

  const number = (cell) => (!cell ? NaN : cell.dataset.value ? Number(cell.dataset.value) : read(cell.innerText || cell.textContent));

  // Rows without a number stay at the end, whatever the direction.
  const byNumber = (value, sign) => (a, b) => {
    const x = value(a);
    const y = value(b);
    return Number.isNaN(x) || Number.isNaN(y) ? Number.isNaN(x) - Number.isNaN(y) : sign * (x - y);
  };

  const byWords = (value, sign) => (a, b) => sign * value(a).localeCompare(value(b));

  const sortRows = (table) => (column, words, sign) => {
    const body = table.tBodies[0];
    const order = words ? byWords((row) => row.cells[column].textContent, sign) : byNumber((row) => number(row.cells[column]), sign);
    body.append(...[...body.rows].sort(order));
  };

  const make = (name, text = "", className = "") => {
    const element = document.createElement(name);
    element.textContent = text;
    element.className = className;
    return element;
  };

  const count = (n) => n.toLocaleString("en");

  const hidden = (why, columns) => {
    const cell = make("td", "", "hatched");
    cell.colSpan = columns;
    cell.append(make("span", why));
    return cell;
  };

  // `name n half trust`, then a cell each: `share step mean step raw`.
  const heatRow = ([name, n, half, trust, ...cells], columns) => {
    const row = make("tr");
    const cut = name.lastIndexOf(" / ");
    const head = make("th", cut < 0 ? name : name.slice(cut + 3));
    if (n) {
      const about = make("small", n + " ");
      about.append(make("i", half), trust && " · " + trust);
      head.append(" ", about);
    }
    if (cut >= 0) head.append(" ", make("small", name.slice(0, cut), "path"));
    row.append(head);
    for (const cell of cells) {
      if (cell.startsWith("!")) {
        row.append(hidden(cell.slice(1), columns - 1));
        continue;
      }
      const [share, step, mean, meanStep, raw] = cell.split(" ");
      const td = make("td", "", cell ? "" : "hatched");
      if (cell) {
        const shrunken = make("i", mean || "–", mean ? "h" + meanStep : "");
        if (mean) shrunken.append(make("br"), raw);
        td.append(make("b", share, "h" + step), " ", shrunken);
      } else td.append(make("span", "Hidden", "visually-hidden"));
      row.append(td);
    }
    return row;
  };

  const plainRow = ([name, ...cells]) => {
    const row = make("tr");
    const head = make("th", name);
    row.append(head);
    for (const cell of cells) {
      if (cell.startsWith("!")) {
        row.append(hidden(cell.slice(1), 3));
      } else if (cell.startsWith("~")) {
        const bar = make("td", "", "drawn");
        bar.innerHTML = `<svg class="bars" aria-hidden="true"><rect width="100%"/><rect width="${Number(cell.slice(1))}%"/></svg>`;
        row.append(bar);
      } else {
        const [value, span] = cell.split("|");
        const td = make("td", value);
        if (span) td.append(" ", make("small", span));
        row.append(td);
      }
    }
    return row;
  };

  const numberOf = (cell, shrunken) => {
    const [shown, , sort] = cell.split("|");
    return sort ? Number(sort) : read(shrunken ? cell.split(" ")[2] || "" : shown);
  };

  const sorters = new Map();

  for (const store of document.querySelectorAll("template.rows")) {
    const scroll = store.previousElementSibling;
    const table = scroll.querySelector("table");
    const heat = store.classList.contains("heat-rows");
    const columns = table.tHead.rows[0].cells.length;
    const all = store.content.textContent.trim().split("\n").map((line) => line.split("\t"));
    const label = make("label", "Search ");
    const field = make("input");
    field.type = "search";
    label.append(field);
    const status = make("span", "", "quiet");
    status.setAttribute("role", "status");
    const turn = (text, by) => {
      const button = make("button", text, "button");
      button.type = "button";
      button.addEventListener("click", () => show(page + by));
      return button;
    };
    const [back, on] = [turn("Previous", -1), turn("Next", 1)];
    const controls = make("div", "", "pages");
    controls.append(label, status, back, on);
    scroll.before(controls);
    let found = all;
    let page = 0;
    const show = (wanted) => {
      const last = Math.max(Math.ceil(found.length / PAGE) - 1, 0);
      page = Math.min(Math.max(wanted, 0), last);
      const rows = found.slice(page * PAGE, (page + 1) * PAGE);
      table.tBodies[0].replaceChildren(...rows.map((row) => (heat ? heatRow(row, columns) : plainRow(row))));
      const first = page * PAGE + 1;
      status.textContent = rows.length ? `${count(first)} to ${count(first + rows.length - 1)} of ${count(found.length)}` : `None of ${count(all.length)} match`;
      back.disabled = page === 0;
      on.disabled = page === last;
    };
    const search = () => {
      const wanted = field.value.trim().toLowerCase();
      found = all.filter((row) => row[0].toLowerCase().includes(wanted));
      show(0);
    };
    field.addEventListener("input", search);
    sorters.set(table, (column, words, sign) => {
      const shrunken = heat && document.querySelector("#heat-shrunken")?.checked;
      const at = heat && column > 0 ? column + 3 : column;
      all.sort(words ? byWords((row) => row[at] || "", sign) : byNumber((row) => numberOf(row[at] || "", shrunken), sign));
      search();
    });
    show(0);
  }

  for (const heading of document.querySelectorAll("th[data-sort]")) {
    const table = heading.closest("table");
    const column = heading.cellIndex;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...[...heading.childNodes].filter((node) => node.className !== "how"));
    heading.prepend(button);
    heading.setAttribute("aria-sort", heading.dataset.sorted || "none");
    button.addEventListener("click", () => {
      const words = heading.dataset.sort === "words";
      const first = words ? "ascending" : heading.dataset.sort;
      const now = heading.getAttribute("aria-sort");
      const next = now === "none" ? first : now === "ascending" ? "descending" : "ascending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", next);
      (sorters.get(table) || sortRows(table))(column, words, next === "ascending" ? 1 : -1);
    });
  }

  window.addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details.more")) folded.open = true;
  });
})();
