/** The desk's style sheet: one column on a phone, two on a wide screen; light or dark as the system is. */
export const DESK_STYLE = `
:root { color-scheme: light dark; --bg: #f6f7f8; --panel: #fff; --ink: #1b2126; --quiet: #56616b; --line: #dde2e6; --accent: #1d5c8f; --on-accent: #fff; --soft: #eef2f5;
  --good: #1c6b45; --good-bg: #e7f3ec; --bad: #a32a23; --bad-bg: #fbecea; --warn: #7a4d00; --warn-bg: #fdf3e0; --shadow: 0 1px 2px rgb(20 30 40 / 6%), 0 4px 16px rgb(20 30 40 / 5%); }
@media (prefers-color-scheme: dark) { :root { --bg: #14181c; --panel: #1c2228; --ink: #e6eaed; --quiet: #9aa7b2; --line: #323b44; --accent: #7db8e8; --on-accent: #0d1a26; --soft: #252d35;
  --good: #7fcfa3; --good-bg: #1b3327; --bad: #f09a93; --bad-bg: #3d211f; --warn: #eabf72; --warn-bg: #372b14; --shadow: none; } }
*, *::before, *::after { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; background: var(--bg); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; overflow-wrap: anywhere; }
a { color: var(--accent); }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
h1 { font-size: 1.3rem; line-height: 1.3; font-weight: 650; }
h2 { font-size: 1.1rem; line-height: 1.3; font-weight: 650; }
ul, ol { list-style: none; }
code, .code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .875em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.card:focus, main:focus { outline: none; }
.card:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 12px; } .card { scroll-margin-top: 11rem; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 1rem; top: .5rem; background: var(--panel); padding: .5rem 1rem; z-index: 2; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.quiet { color: var(--quiet); font-size: .925rem; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; padding: .6rem clamp(1rem, 4vw, 2rem); background: var(--panel); border-bottom: 1px solid var(--line); font-size: .925rem; }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; font-size: 1rem; }
.who { margin-left: auto; }
.live { color: var(--quiet); font-size: .85rem; } .live[data-state]::before { content: ""; display: inline-block; width: .5rem; height: .5rem; margin-right: .4rem; border-radius: 50%; background: var(--warn); }
.live[data-state=on]::before { background: var(--good); } .live[data-state=off] { color: var(--warn); }
main { flex: 1; width: 100%; max-width: 78rem; margin: 0 auto; padding: 1.25rem clamp(1rem, 4vw, 2rem) 2rem; }
.bottom { padding: .75rem clamp(1rem, 4vw, 2rem); color: var(--quiet); font-size: .85rem; } @media (hover: none) { .keys { display: none; } }
kbd { font: inherit; font-size: .8rem; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 .35em; background: var(--panel); }
.head { margin-bottom: 1rem; } .head h1 { margin-bottom: .15rem; } .back { font-size: .9rem; margin-bottom: .35rem; }
.news, .warning, .note { padding: .6rem .9rem; border-radius: 8px; margin-bottom: 1rem; background: var(--soft); }
.news.done { background: var(--good-bg); color: var(--good); } .news.problem { background: var(--bad-bg); color: var(--bad); } .warning { background: var(--warn-bg); color: var(--warn); }
.empty { padding: 2rem 1.25rem; text-align: center; color: var(--quiet); border: 1px dashed var(--line); border-radius: 10px; }
.badge { display: inline-block; font-size: .78rem; font-weight: 600; line-height: 1; padding: .32rem .55rem; border-radius: 99px; background: var(--soft); color: var(--quiet); white-space: nowrap; }
.badge.approval { background: var(--warn-bg); color: var(--warn); } .badge.unresolved { background: var(--bad-bg); color: var(--bad); }
.amount { font-weight: 650; white-space: nowrap; padding: .05em .45em; border-radius: 6px; background: var(--soft); font-size: .95em; }
.waiting { display: grid; gap: .6rem; }
.entry { display: grid; grid-template-columns: auto 1fr; gap: .15rem .75rem; align-items: baseline; padding: .8rem 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow); color: inherit; text-decoration: none; }
.entry:hover { border-color: var(--accent); } .what { font-weight: 650; } .what::first-letter { text-transform: uppercase; }
.summary, .facts { grid-column: 1 / -1; } .summary { font-size: .925rem; } .entry .facts { color: var(--quiet); font-size: .875rem; }
section[data-live=others] { margin-top: 2rem; } section[data-live=others] h2 { font-size: 1rem; margin-bottom: .4rem; } .sessions li { padding: .3rem 0; border-bottom: 1px solid var(--line); } .sessions li:last-child { border: 0; }
.filter, .open { display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: end; margin: 0 0 1rem; } .open { margin: 1.5rem 0 0; align-items: center; }
.open input { width: min(22rem, 100%); } .filter label { display: flex; gap: .5rem; align-items: center; }
button, input, select, textarea { font: inherit; color: inherit; }
input, select, textarea { width: 100%; padding: .5rem .65rem; border: 1px solid color-mix(in srgb, var(--quiet) 60%, var(--line)); border-radius: 8px; background: var(--panel); min-height: 2.6rem; } .filter select { width: auto; max-width: 100%; } .standing select { width: 100%; }
textarea { resize: vertical; line-height: 1.45; }
label { display: block; font-size: .925rem; font-weight: 550; } label textarea, label input { margin-top: .3rem; font-weight: 400; } label .quiet { font-weight: 400; }
button { min-height: 2.6rem; padding: .45rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); font-weight: 600; cursor: pointer; }
button:hover { border-color: var(--accent); } button:disabled, form[data-sent] button { opacity: .55; cursor: default; }
button.go { background: var(--accent); border-color: var(--accent); color: var(--on-accent); min-width: 8rem; } button.danger { color: var(--bad); border-color: currentColor; background: transparent; }
button.plain { background: none; border: 0; padding: .2rem .3rem; min-height: 0; color: var(--accent); text-decoration: underline; font-weight: 500; }
.columns { display: grid; gap: 1.25rem; }
.decisions { display: grid; gap: 1.25rem; align-content: start; min-width: 0; } .decisions section:first-child { display: grid; gap: 1.25rem; }
.card, .controls, .conversation { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); padding: 1.1rem clamp(1rem, 3vw, 1.4rem); min-width: 0; }
.card h2 { margin: .55rem 0 .8rem; font-size: 1.25rem; } .card h2::first-letter { text-transform: uppercase; }
.label { font-size: .8rem; font-weight: 650; color: var(--quiet); margin: .9rem 0 .35rem; }
.args { border: 1px solid var(--line); border-radius: 8px; overflow: auto; } .args > dl > .field { padding: .5rem .8rem; border-bottom: 1px solid var(--line); } .args > dl > .field:last-child { border-bottom: 0; }
.field { display: grid; grid-template-columns: minmax(6rem, 11rem) 1fr; gap: .1rem 1rem; } .field .field { padding: .1rem 0; } dt { color: var(--quiet); font-weight: 400; } dd { min-width: 0; }
.args > dl > .field > dt::first-letter { text-transform: uppercase; } .args > dl > .field > dd { font-weight: 550; } .args .field .field dd, .args ol { font-weight: 450; }
.args ol { padding-left: 1.2rem; list-style: decimal; } .args dl dl { border-left: 2px solid var(--line); padding-left: .7rem; }
.text { white-space: pre-wrap; } .literal { font-variant-numeric: tabular-nums; } .whole { max-height: 24rem; overflow: auto; margin-top: .4rem; padding: .5rem; background: var(--soft); border-radius: 6px; font-weight: 400; }
.more { color: var(--accent); font-weight: 550; } .more, .more-acts > summary { cursor: pointer; } .fold[open] > summary > .text { display: none; } .fold summary { list-style: none; cursor: pointer; } .fold summary::-webkit-details-marker { display: none; }
.effect { margin: .8rem 0; padding-left: .7rem; border-left: 3px solid var(--warn); } .args + .note { margin: .5rem 0 0; padding: .35rem .8rem; font-size: .925rem; }
dl.facts > div { display: grid; grid-template-columns: minmax(6rem, 11rem) 1fr; gap: .1rem 1rem; padding: .3rem 0; font-size: .94rem; }
.said { font-style: italic; }
.decide { display: flex; flex-wrap: wrap; align-items: start; gap: .7rem; margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); } .approve { display: flex; flex-wrap: wrap; gap: .6rem .9rem; align-items: center; }
.standing > span { white-space: nowrap; } .standing { display: flex; gap: .5rem; align-items: center; font-weight: 400; color: var(--quiet); min-width: 0; flex: 1 1 14rem; } .standing select { flex: 1 1 auto; min-width: 0; color: var(--ink); }
.decide > .act.approve, .more-acts[open] { flex: 1 1 100%; } .more-acts > summary { display: inline-flex; align-items: center; list-style: none; min-height: 2.6rem; padding: .45rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); font-weight: 600; color: var(--ink); } .more-acts > summary::-webkit-details-marker { display: none; } .more-acts > summary:hover { border-color: var(--accent); } .more-acts[open] > summary { border-style: dashed; } .more-acts[open] > :not(summary) { margin: .3rem 0 .5rem; } .more-acts .more-acts { margin-top: .6rem; }
.act { display: grid; gap: .6rem; justify-items: start; } .act.approve { display: flex; } .act label::first-letter { text-transform: uppercase; } .act label, .act textarea, .act input, .act select { width: 100%; } .act.approve label { width: auto; } .decide > *, .row > *, .act > * { min-width: 0; max-width: 100%; }
.controls { display: grid; gap: .9rem; } .controls .note { margin: 0; } .row { display: flex; flex-wrap: wrap; gap: .6rem; } .standing-list li { padding: .2rem 0; } .standing-list .act { display: inline; }
.conversation h2 { margin-bottom: .6rem; }
.speaker .quiet { font-size: inherit; font-weight: 400; } .talk { display: grid; gap: .6rem; } .talk li { min-width: 0; } .speaker { display: block; font-size: .8rem; font-weight: 650; color: var(--quiet); margin-bottom: .1rem; } .words { max-width: 46rem; }
.talk .user .words, .talk .agent .words, .talk .person .words { padding: .55rem .8rem; border-radius: 10px; background: var(--soft); width: fit-content; } .talk .user { margin-left: clamp(0rem, 6vw, 3rem); justify-self: end; text-align: left; } .talk .user .speaker { text-align: right; }
.talk .user .words { background: color-mix(in srgb, var(--accent) 13%, var(--panel)); margin-left: auto; } .talk .person .words { border: 2px solid var(--good); background: var(--good-bg); }
.talk .call, .talk .outcome, .talk .note { font-size: .9rem; padding: 0 0 0 .8rem; border-left: 3px solid var(--line); background: none; border-radius: 0; margin: 0; } .talk .call .speaker, .talk .outcome .speaker { display: inline; margin-right: .4rem; } .talk .call .words, .talk .outcome .words { display: inline; }
.talk .outcome.succeeded { border-color: var(--good); } .talk .outcome:not(.succeeded) { border-color: var(--warn); } .talk .note { border-left-style: dotted; }
.sign-in { max-width: 24rem; margin: 8vh auto 0; background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 1.6rem; box-shadow: var(--shadow); } .sign-in form { display: grid; gap: .7rem; margin-top: 1rem; }
@media (min-width: 64rem) { .columns { grid-template-columns: minmax(0, 11fr) minmax(0, 9fr); align-items: start; } .conversation { position: sticky; top: 1rem; } [data-live=talk] { max-height: calc(100vh - 8rem); overflow: auto; padding-right: .4rem; } }
@media (max-width: 34rem) { .field, dl.facts > div { grid-template-columns: 1fr; } .who { margin-left: 0; } .approve button.go, .act > button { width: 100%; } .standing { flex-basis: 100%; } .row > form { flex: 1; } .row button { width: 100%; } }
@media (prefers-reduced-motion: no-preference) { button, .entry { transition: border-color .12s, background-color .12s; } }
`;
