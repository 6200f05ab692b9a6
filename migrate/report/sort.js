"use strict";
{
  // Numbers stand in the attribute; a cell without one holds text. What is empty comes last either way.
  const keyOf = (cell, isNumber) => {
    const held = cell.dataset.v ?? cell.textContent.trim();
    if (held === "" || held === "–") return null;
    return isNumber ? Number(held) : held.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
  };

  const sort = (table, column, isNumber, descending) => {
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => [keyOf(row.cells[column], isNumber), row]);
    const sign = descending ? -1 : 1;
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return a < b ? -sign : a > b ? sign : 0;
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
