"use strict";
{
  // Numbers stand in the attribute; a cell without one holds text. What is empty comes last either way.
  const keyOf = (cell, isNumber) => {
    const held = cell.dataset.v ?? cell.textContent.trim();
    if (held === "" || held === "–") return null;
    return isNumber ? Number(held) : held.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
  };

  const sort = (table, column, isNumber, descending) => {
    const bodies = Array.from(table.tBodies, (body) => [body, body.rows.length]);
    const rows = bodies.flatMap(([body]) => Array.from(body.rows));
    const keyed = rows.map((row) => [keyOf(row.cells[column], isNumber), row]);
    const sign = descending ? -1 : 1;
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return a < b ? -sign : a > b ? sign : 0;
    });
    let next = 0;
    for (const [body, count] of bodies) {
      for (const end = next + count; next < end; next++) body.append(keyed[next][1]);
    }
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
