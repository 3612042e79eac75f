#include "report/page_parts.h"

namespace seg {

// Offers what the page can do with JavaScript: the other of dark and light, and sorting.
const char* const kPageScript = R"((() => {
const page = document.documentElement, theme = document.getElementById('theme');
const system = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => page.dataset.theme ? page.dataset.theme === 'dark' : system.matches;
const show = () => theme.setAttribute('aria-pressed', isDark());
theme.addEventListener('click', () => {
  page.dataset.theme = isDark() ? 'light' : 'dark';
  show();
});
system.addEventListener('change', show);
theme.hidden = false;
show();

const value = text => /^[+]?(inf|\u221e)/i.test(text) ? Infinity :
  text === '-' ? 0 : parseFloat(text);
const compare = (a, b, number) => {
  if (!number) return a.localeCompare(b, 'en', {numeric: true});
  const x = value(a), y = value(b);
  return x < y ? -1 : x > y ? 1 : 0;
};
for (const table of document.querySelectorAll('table')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    const number = head.classList.contains('number');
    const text = row => row.cells[column].textContent.trim();
    const missing = row => number ? Number.isNaN(value(text(row))) : text(row) === '';
    button.addEventListener('click', () => {
      const sign = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => missing(a) - missing(b) || sign * compare(text(a), text(b), number));
      table.tBodies[0].append(...rows);
    });
  });
}
})();
)";

const char* const kPageScriptHash = "sha256-QhG3tGydcGroE4n59n8zdVd5InpAw5fhDe8t7oM2ajM=";

}  // namespace seg
