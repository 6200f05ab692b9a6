"use strict";
{
  const collator = new Intl.Collator("en", { numeric: true });

  // Numbers stand in the attribute; a cell without one holds text. What is empty comes last either way.
  const keyOf = (cell, isNumber) => {
    const held = cell.dataset.v ?? cell.textContent.trim();
    return held === "" || held === "–" ? null : isNumber ? Number(held) : held;
  };

  const sort = (table, column, isNumber, descending) => {
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => [keyOf(row.cells[column], isNumber), row]);
    const sign = descending ? -1 : 1;
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (isNumber ? a - b : collator.compare(a, b));
    });
    const rows = document.createDocumentFragment();
    for (const [, row] of keyed) rows.append(row);
    body.append(rows);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const said = document.getElementById(table.dataset.said);
    for (const button of table.tHead.querySelectorAll("button")) {
      const head = button.closest("th");
      const isNumber = head.classList.contains("count");
      button.disabled = false;
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const descending = before === null ? isNumber : before === "ascending";
        for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, head.cellIndex, isNumber, descending);
        said.textContent = `Sorted by ${button.textContent}, ${descending ? "descending" : "ascending"}.`;
      });
    }
  }
}
