// Makes a table sortable by its headings that carry data-sort; cells carry the number in data-value, or are sorted by their text.
// Before printing, everything folded away is opened. Pages work without this file.
(() => {
  "use strict";

  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.value;
    if (number !== undefined) return number === "" ? NaN : Number(number);
    return cell.textContent.trim();
  };

  // Rows without a number stay at the end, whatever the direction.
  const compare = (column, sign) => (a, b) => {
    const x = value(a, column);
    const y = value(b, column);
    if (typeof x === "string") return sign * x.localeCompare(y);
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return sign * (x - y);
  };

  for (const heading of document.querySelectorAll("th[data-sort]")) {
    const table = heading.closest("table");
    const column = heading.cellIndex;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    heading.setAttribute("aria-sort", heading.dataset.sorted || "none");
    button.addEventListener("click", () => {
      const first = heading.dataset.sort;
      const now = heading.getAttribute("aria-sort");
      const next = now === "none" ? first : now === "ascending" ? "descending" : "ascending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", next);
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort(compare(column, next === "ascending" ? 1 : -1)));
    });
  }

  window.addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details.more")) folded.open = true;
  });
})();
