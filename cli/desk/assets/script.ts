/**
 * The desk's script, as it is sent to browsers. Everything works without it: it keeps pages up to date, adds keys, and keeps a form from being sent twice. Words of
 * others never pass through it as markup, but for pages that this same desk rendered.
 */
export const DESK_SCRIPT = `'use strict';
(() => {
  const CALM_MS = 1000;
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const { have, session } = document.body.dataset;
  const announceTo = document.getElementById('announce');
  const announce = (text) => { announceTo.textContent = ''; setTimeout(() => { announceTo.textContent = text; }, 50); };

  /* What changes under somebody's finger must not be pressed by it. */
  let calmFrom = 0;
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (performance.now() < calmFrom) {
      event.preventDefault();
      announce('The page has just changed. Look again before you decide.');
      return;
    }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === 'post') form.dataset.sent = 'yes';
  });
  window.addEventListener('pageshow', () => { all('form[data-sent]').forEach((form) => { delete form.dataset.sent; }); });

  const relative = (ms) => {
    const minutes = Math.round(Math.abs(ms) / 60000);
    if (minutes < 1) return ms <= 0 ? 'just now' : 'in less than a minute';
    const words = minutes < 60 ? minutes + ' min' : minutes < 2880 ? Math.round(minutes / 60) + ' h' : Math.round(minutes / 1440) + ' days';
    return ms < 0 ? words + ' ago' : 'in ' + words;
  };
  const tick = () => all('time').forEach((time) => {
    const at = Date.parse(time.dateTime);
    const words = relative(at - Date.now());
    if (time.textContent !== words) time.textContent = words;
    time.title = new Date(at).toLocaleString();
  });
  setInterval(tick, 20000);
  tick();

  const talk = document.querySelector('[data-live="talk"]');
  const toEnd = () => { if (talk) talk.scrollTop = talk.scrollHeight; };
  toEnd();

  /* Keys. Those that decide only go to the place: Enter does it. */
  const stops = () => all(session ? '.card' : '.entry');
  const move = (by) => {
    const places = stops();
    if (places.length === 0) return;
    const at = places.findIndex((place) => place === document.activeElement || place.contains(document.activeElement));
    const next = at < 0 ? (by > 0 ? 0 : places.length - 1) : Math.min(places.length - 1, Math.max(0, at + by));
    places[next].focus();
    places[next].scrollIntoView({ block: 'nearest' });
  };
  const reach = (key) => {
    const active = document.activeElement;
    const card = (active && active.closest('.card')) || document.querySelector('.card');
    const place = card && card.querySelector('[data-key="' + key + '"]');
    if (!place) return;
    if (place.tagName === 'SUMMARY') {
      place.parentElement.open = true;
      const field = place.parentElement.querySelector('input:not([type=hidden]), textarea, select');
      if (field) field.focus();
    } else {
      place.focus();
      announce('Press Enter to ' + place.textContent.toLowerCase());
    }
    card.scrollIntoView({ block: 'nearest' });
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest('input, textarea, select, [contenteditable]')) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (event.key === 'j') move(1);
    else if (event.key === 'k') move(-1);
    else if (event.key === 'l') location.assign('/');
    else if (session && ['a', 'e', 'r'].includes(event.key)) reach(event.key);
    else return;
    event.preventDefault();
  });

  /* Up to date. */
  if (have === undefined) return;
  const light = document.getElementById('live');
  const say = (text, state) => { light.textContent = text; light.dataset.state = state; };
  const isTyped = (field) => field.type === 'hidden' ? false
    : field.tagName === 'SELECT' ? all('option', field).some((option) => option.selected !== option.defaultSelected && field.selectedIndex > 0)
    : field.value !== field.defaultValue;
  const inUse = (place) => all('input, textarea, select', place).some(isTyped)
    || (place.contains(document.activeElement) && document.activeElement.matches('input, textarea, select'));
  const calm = () => { calmFrom = performance.now() + CALM_MS; };

  const outdated = (card, text) => {
    if (card.querySelector('.outdated')) return;
    all('button, summary', card).forEach((each) => { each.disabled = true; each.tabIndex = -1; });
    const note = document.createElement('p');
    note.className = 'outdated warning';
    note.setAttribute('role', 'alert');
    note.append(text + ' What you typed is still here to be copied. ');
    const again = document.createElement('a');
    again.href = '/sessions/' + encodeURIComponent(session);
    again.textContent = 'Show what waits now';
    note.append(again);
    card.prepend(note);
  };
  const cards = (old, fresh) => {
    const before = new Map(all('.card', old).map((card) => [card.dataset.item, card]));
    const wanted = all('.card', fresh);
    const same = wanted.length === before.size && wanted.every((card) => before.get(card.dataset.item)?.dataset.version === card.dataset.version);
    if (same) return;
    calm();
    const focused = document.activeElement.closest && document.activeElement.closest('.card');
    const focusedItem = focused && focused.dataset.item;
    const kept = [];
    for (const card of wanted) {
      const known = before.get(card.dataset.item);
      before.delete(card.dataset.item);
      if (known && known.dataset.version === card.dataset.version) kept.push(known);
      else if (known && inUse(known)) { outdated(known, 'This changed meanwhile.'); kept.push(known); }
      else kept.push(card);
    }
    for (const gone of before.values()) if (inUse(gone)) { outdated(gone, 'This does not wait any more.'); kept.push(gone); }
    const rest = all(':scope > .empty', fresh);
    if (kept.length === old.children.length && kept.every((card, at) => old.children[at] === card)) return;
    old.replaceChildren(...(kept.length > 0 ? kept : rest));
    const again = focusedItem && kept.find((card) => card.dataset.item === focusedItem);
    if (again && !again.contains(document.activeElement)) again.focus();
    announce(kept.length > 0 ? 'What waits has changed.' : 'Nothing waits here any more.');
  };
  const region = (old, fresh) => {
    const open = all('details', old).map((each) => each.open);
    const id = document.activeElement.getAttribute && old.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    const atEnd = old.scrollHeight - old.scrollTop - old.clientHeight < 40;
    old.replaceChildren(...fresh.childNodes);
    all('details', old).forEach((each, at) => { if (open[at]) each.open = true; });
    if (old === talk && atEnd) toEnd();
    if (id) { const link = all('a', old).find((each) => each.getAttribute('href') === id); if (link) link.focus(); }
  };
  let refreshing = false;
  let again = false;
  const refresh = async () => {
    if (refreshing) { again = true; return; }
    refreshing = true;
    try {
      const path = session ? '/sessions/' + encodeURIComponent(session) + (new URLSearchParams(location.search).get('all') === '1' ? '?all=1' : '') : '/' + location.search;
      const answer = await fetch(path, { headers: { 'X-Desk-Live': '1' }, cache: 'no-store' });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const count = all('.entry').length;
      for (const fresh of all('[data-live]', page)) {
        const old = document.querySelector('[data-live="' + fresh.dataset.live + '"]');
        if (!old) continue;
        if (fresh.dataset.live === 'items') cards(old, fresh);
        else if (fresh.dataset.live === 'controls' || fresh.dataset.live === 'filter') { if (!inUse(old)) region(old, fresh); }
        else region(old, fresh);
      }
      document.title = page.title;
      const now = all('.entry').length;
      if (!session && now > count) announce(now === 1 ? '1 item waits' : now + ' items wait');
      tick();
    } catch {
      say('Not up to date: the desk does not answer', 'off');
    } finally {
      refreshing = false;
      if (again) { again = false; void refresh(); }
    }
  };
  let stream;
  const listen = () => {
    stream = new EventSource('/events?have=' + encodeURIComponent(have) + (session ? '&session=' + encodeURIComponent(session) : ''));
    stream.addEventListener('open', () => say('Live', 'on'));
    stream.addEventListener('news', (event) => {
      if (JSON.parse(event.data).problem) say('Sessions cannot be asked at the moment', 'off');
      else { say('Live', 'on'); void refresh(); }
    });
    stream.addEventListener('signed_out', () => { stream.close(); say('You are signed out: reload the page', 'off'); });
    stream.addEventListener('error', () => {
      say('Reconnecting…', 'off');
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 10000);
    });
  };
  listen();
  window.addEventListener('pagehide', () => stream.close());
  window.addEventListener('pageshow', (event) => { if (event.persisted) { listen(); void refresh(); } });
})();
`;
