// Makes a table sortable by its headings that carry data-sort: "words", or the direction of the first click on a column of numbers. A cell's
// number is its data-value, or the first number in its text.
// Before printing, everything folded away is opened. Pages work without this file.
(() => {
  "use strict";

  const number = (cell) => {
    if (!cell) return NaN;
    if (cell.dataset.value) return Number(cell.dataset.value);
    const found = cell.textContent.match(/[−+]?[\d,]+(\.\d+)?/);
    return found ? Number(found[0].replace("−", "-").replaceAll(",", "")) : NaN;
  };

  const byWords = (column, sign) => (a, b) => sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent);

  // Rows without a number stay at the end, whatever the direction.
  const byNumber = (column, sign) => (a, b) => {
    const x = number(a.cells[column]);
    const y = number(b.cells[column]);
    return Number.isNaN(x) || Number.isNaN(y) ? Number.isNaN(x) - Number.isNaN(y) : sign * (x - y);
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
      const words = heading.dataset.sort === "words";
      const first = words ? "ascending" : heading.dataset.sort;
      const now = heading.getAttribute("aria-sort");
      const next = now === "none" ? first : now === "ascending" ? "descending" : "ascending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", next);
      const body = table.tBodies[0];
      const order = (words ? byWords : byNumber)(column, next === "ascending" ? 1 : -1);
      body.append(...[...body.rows].sort(order));
    });
  }

  window.addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details.more")) folded.open = true;
  });
})();
