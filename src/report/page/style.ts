/** The page's only style sheet. Plots take their colours from the same names. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f23; --soft: #57606a; --quiet: #767f88; --grid: #e6e8eb;
  --line: #d0d7de; --tint: #f4f6f8; --link: #0757a8; --shared: #0072b2; --candidate: #c85200; --independent: #00805c;
  --external: #6b7177; --warn: #8a3b00; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e6e9ec; --soft: #a9b2bb; --quiet: #89929b;
  --grid: #2b3036; --line: #3b424a; --tint: #1d2126; --link: #7cc0ff; --shared: #56b4e9; --candidate: #f2903f;
  --independent: #3cc79d; --external: #b3b8bd; --warn: #ffb27a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main, header.top, footer { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 1.6rem 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
p, li { max-width: 46rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .3rem .6rem; }
.meta, figcaption, .small { color: var(--soft); font-size: .9rem; }
.meta, h2 { overflow-wrap: anywhere; }
.lead { font-size: 1.2rem; line-height: 1.4; }
.warning { border-left: 4px solid var(--warn); background: var(--tint); padding: .5rem .8rem; max-width: 46rem; }
.first { display: grid; gap: 0 2rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 56rem), print { .first { grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); } }
dl.four { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .7rem; margin: 1rem 0; }
dl.four > div { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; }
dl.four dt { font-size: .9rem; } dl.four dd { margin: 0; }
dl.four .value { font-size: 1.45rem; font-weight: 650; font-variant-numeric: tabular-nums; }
dl.four .value small { white-space: nowrap; font-size: .95rem; font-weight: 400; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .4rem 0 0; }
nav li { max-width: none; }
nav a { display: inline-block; padding: .2rem 0; }
figure { margin: .8rem 0; min-width: 0; }
figure > svg { display: block; max-width: 100%; height: auto; }
figcaption { max-width: 40rem; }
.plots { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.plots > * { min-width: 0; }
.scroll { overflow-x: auto; max-width: 100%; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: .2rem 0; }
th, td { padding: .25rem .7rem .25rem 0; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; vertical-align: top; }
th { font-weight: 600; } th[scope=row], th:first-child { text-align: left; font-weight: 500; }
@media (max-width: 40rem) { th[scope=row] { white-space: normal; min-width: 5.5rem; max-width: 11rem; } td .range { display: block; } caption { max-width: calc(100vw - 2rem); } }
td.text, .settings td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
summary { cursor: pointer; } details.numbers > summary { color: var(--link); font-size: .9rem; padding: .2rem 0; }
.id { overflow-wrap: anywhere; unicode-bidi: isolate; }
.range { color: var(--soft); font-size: .92em; white-space: nowrap; }
.stacked .range { display: block; }
.whole, code { white-space: nowrap; }
.none { color: var(--soft); }
.gallery { list-style: none; padding: 0; margin: .6rem 0; display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
.gallery > li { max-width: none; min-width: 0; border: 1px solid var(--line); border-radius: 6px; padding: .5rem; background: var(--tint); }
.gallery > li:has(> details[open]) { grid-column: 1 / -1; }
.gallery summary { list-style: none; } .gallery summary::-webkit-details-marker { display: none; }
.gallery summary img { display: block; width: 100%; max-width: 8.5rem; aspect-ratio: 1; object-fit: contain; background: var(--paper); }
.gallery .score { font-weight: 650; display: block; margin-top: .3rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.gallery .score small { font-weight: 400; } .gallery summary .id { font-size: .8rem; color: var(--soft); line-height: 1.3; display: block; }
.gallery .open { font-size: .8rem; color: var(--link); }
.planted { color: var(--warn); font-size: .8rem; display: block; }
.pixels { image-rendering: pixelated; }
.opened { display: grid; gap: .5rem 1.2rem; margin-top: .8rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 48rem) { .opened { grid-template-columns: 16rem minmax(0, 1fr); } }
.opened > figure > img { width: 100%; max-width: 24rem; height: auto; background: var(--paper); }
.views { list-style: none; padding: 0; margin: 0; display: grid; gap: .5rem; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
.views img { width: 100%; display: block; aspect-ratio: 1; } .views li { font-size: .8rem; color: var(--soft); min-width: 0; overflow-wrap: anywhere; }
.thumbnail { width: 3rem; height: 3rem; object-fit: contain; image-rendering: auto; flex: none; }
.texts th, .texts td { text-align: left; }
.mentioned { display: inline-flex; align-items: center; gap: .5rem; white-space: normal; min-width: 10rem; }
.units { display: grid; gap: .8rem 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); padding-left: 1.6rem; }
.units > li { max-width: none; min-width: 0; }
.excited { list-style: none; padding: 0; margin: .3rem 0; display: grid; gap: .4rem; grid-template-columns: repeat(auto-fill, minmax(4.6rem, 1fr)); }
.excited li { font-size: .8rem; min-width: 0; font-variant-numeric: tabular-nums; } .excited .thumbnail { display: block; width: 4rem; height: 4rem; }
.facts { font-size: .9rem; margin: 0; padding-left: 1.1rem; }
pre { background: var(--tint); border: 1px solid var(--line); padding: .6rem; overflow-x: auto; font-size: .85rem; white-space: pre-wrap; }
footer { color: var(--soft); font-size: .85rem; margin-top: 3rem; padding-bottom: 2rem; border-top: 1px solid var(--line); }
@media print { body { font-size: 10pt; } nav, .skip, .open, details.numbers { display: none; } a { color: inherit; text-decoration: none; }
  section { break-inside: auto; } h2 { break-after: avoid; } figure, .gallery > li, tr, dl.four > div { break-inside: avoid; }
  .scroll { overflow: visible; } th, td { white-space: normal; } .gallery { grid-template-columns: repeat(5, 1fr); } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
