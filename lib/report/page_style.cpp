#include "report/page_parts.h"

namespace seg {
namespace {

constexpr const char* light =
    "color-scheme:light;--paper:#fdfdfc;--box:#f4f5f6;--ink:#1a1e23;--quiet:#565e68;"
    "--line:#d5d9de;--link:#0b5394;--bad:#9c1c12;--bad-box:#fcefed";
constexpr const char* dark =
    "color-scheme:dark;--paper:#15181c;--box:#1d2126;--ink:#e3e6ea;--quiet:#a3abb5;"
    "--line:#363d46;--link:#8fbcff;--bad:#ffa196;--bad-box:#2e1c1b";

constexpr const char* rules = R"(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);overflow-wrap:anywhere;
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
main,header{max-width:66rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem;display:flex;gap:1rem;align-items:flex-start;
justify-content:space-between}
h1{font-size:1.75rem;line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.25rem;line-height:1.3;margin:3rem 0 1rem;padding-bottom:.35rem;font-weight:650;
border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .6rem;font-weight:650}
.subtitle{margin:.4rem 0 0;color:var(--quiet)}
a{color:var(--link)}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:1.25rem 0 0;padding:0}
nav a{display:inline-block;padding:.2rem 0}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999rem;padding:.6rem 1rem;background:var(--paper);z-index:1}
.skip:focus{left:.5rem;top:.5rem}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
#theme{flex:none;border:1px solid var(--line);border-radius:.4rem;padding:.35rem .75rem;
font-size:.875rem;background:var(--box)}
#theme:hover{border-color:var(--quiet)}
.failures{background:var(--bad-box);border-left:4px solid var(--bad);margin-top:2rem;
padding:1rem 1.25rem}
.failures h2{color:var(--bad);border:0;margin:0 0 .5rem;padding:0}
.failures ul,.notes{margin:0;padding-left:1.2rem}
.failures li+li,.notes li+li{margin-top:.3rem}
.scroll{overflow-x:auto;margin:0 0 2rem}
table{border-collapse:collapse;font-size:.9375rem;line-height:1.4;
font-variant-numeric:tabular-nums lining-nums;overflow-wrap:normal}
caption{text-align:left;color:var(--quiet);padding:0 0 .6rem;overflow-wrap:anywhere}
th,td{padding:.38rem 1.1rem .38rem 0;text-align:left;vertical-align:baseline;max-width:22rem}
th:last-child,td:last-child{padding-right:.25rem}
thead th{border-top:2px solid var(--ink);border-bottom:1px solid var(--ink);vertical-align:bottom;
font-weight:650}
tbody th{font-weight:400;overflow-wrap:anywhere;min-width:9rem}
tbody tr+tr>*{border-top:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:2px solid var(--ink)}
tbody th{position:sticky;left:0;background:var(--paper)}
tbody tr:hover>*{background:var(--box)}
.number{text-align:right}
tbody .number{white-space:nowrap}
thead button{font-weight:650;text-align:inherit;line-height:inherit}
thead button::after{content:"\2195";color:var(--quiet);font-weight:400;padding-left:.3em}
[aria-sort=ascending] button::after{content:"\2191";color:var(--ink)}
[aria-sort=descending] button::after{content:"\2193";color:var(--ink)}
thead button:hover{text-decoration:underline}
figure{margin:0 0 2.75rem}
.drawing{overflow-x:auto}
.drawing svg{display:block;width:100%;min-width:44rem;height:auto;font-family:inherit}
#charts .drawing svg{min-width:32rem;max-width:52rem}
pre{background:var(--box);border:1px solid var(--line);border-radius:.3rem;padding:1rem;
margin:0 0 1.5rem;max-height:32rem;overflow:auto;font-size:.8125rem;line-height:1.5;
font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;tab-size:2}
@media (max-width:40rem){main,header{padding-left:1rem;padding-right:1rem}
h1{font-size:1.4rem}h2{margin-top:2.25rem}body{font-size:.9375rem}}
@media print{@page{margin:15mm}body{font-size:10pt;background:#fff}
#theme,.skip,nav,thead button::after{display:none!important}
thead button{display:contents}
main,header{max-width:none;padding-left:0;padding-right:0}
h2,h3,caption{break-after:avoid}figure,tr,.failures li{break-inside:avoid}
.failures{background:none}.scroll,.drawing{overflow:visible}
table{font-size:7.5pt}th,td{padding-right:.7em}tbody th{min-width:4.5rem;position:static}
.drawing svg{min-width:0}
#charts .drawing svg{min-width:0;max-width:36rem}
pre{max-height:none;overflow:visible;white-space:pre-wrap}
*{print-color-adjust:exact}}
)";

}  // namespace

std::string page_style() {
  return std::string(":root{") + light + "}@media screen and (prefers-color-scheme:dark){" +
         ":root:not([data-theme=light]){" + dark + "}}@media screen{:root[data-theme=dark]{" +
         dark + "}}" + rules;
}

}  // namespace seg
