// What is live: the table of an app's users, and its figures. The server makes every row; this asks for those that have
// changed. Nothing that somebody reads or is about to press moves away under them.
(function () {
  'use strict';

  var PAGE = 200, PIECE = 50, ASK = 100, GATHER = 120, HIDDEN = 30000, RETRY = 3000;
  var shared = window.millgate;
  if (!shared) return;
  var section = document.querySelector('[data-live]');
  var figures = document.querySelector('[data-figures]');
  if (section) table(section);
  var apps = document.querySelector('[data-apps]');
  if (figures) counts(figures);
  if (apps) fares(apps);

  // ---- The stream: only while somebody looks, because browsers open few connections to one host. ----
  function listen(url, handlers, onState) {
    var source = null, later = null;
    function open() {
      clearTimeout(later);
      if (source || !window.EventSource) return;
      source = new EventSource(url);
      source.onopen = function () { onState(true); };
      source.onerror = function () {
        onState(false);
        // A stream that was refused or has lost its right does not come back by itself.
        if (source && source.readyState === 2) { source.close(); source = null; later = setTimeout(open, 10000); }
      };
      Object.keys(handlers).forEach(function (name) {
        source.addEventListener(name, function (event) { handlers[name](JSON.parse(event.data)); });
      });
    }
    document.addEventListener('visibilitychange', function () {
      clearTimeout(later);
      if (!document.hidden) return open();
      later = setTimeout(function () { if (source) { source.close(); source = null; } }, HIDDEN);
    });
    window.addEventListener('pagehide', function () { if (source) { source.close(); source = null; } });
    open();
  }

  // ---- How apps fare: the page is asked for anew, and what it says now stands where it said otherwise. ----
  var GAP = 1000, freshening = null, isStale = false;
  function fares(section) {
    function look() { freshen(location.href); }
    listen(section.dataset.apps + '/events', { app: look, 'app-gone': look, resync: look }, function (isOn) { if (isOn) look(); });
  }

  function freshen(url) {
    isStale = true; if (freshening) return;
    freshening = setTimeout(function () {
      // What a dialog asks about stays until it is answered.
      if (document.querySelector('dialog[open]')) return again();
      isStale = false;
      fetch(url, { headers: { accept: 'text/html' } }).then(function (answer) {
        return answer.ok && !answer.redirected ? answer.text() : Promise.reject();
      }).then(shared.atRest).then(function (html) {
        // The press may have opened one.
        if (document.querySelector('dialog[open]')) { isStale = true; return; }
        var page = new DOMParser().parseFromString(html, 'text/html');
        Array.prototype.forEach.call(document.querySelectorAll('[data-fresh]'), function (old) {
          var now = page.querySelector('[data-fresh="' + old.dataset.fresh + '"]');
          if (now) replace(old, document.importNode(now, true));
        });
      }).catch(function () {}).then(again);
    }, GAP);
    function again() { freshening = null; if (isStale) freshen(url); }
  }

  function replace(old, now) {
    // The server says times as the script does, and each state has a word of its own.
    if (old.textContent === now.textContent) return;
    var at = old.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    old.replaceWith(now);
    shared.wire(now);
    var link = at && now.querySelector('a[href="' + CSS.escape(at) + '"]');
    if (link) link.focus({ preventScroll: true });
  }

  // ---- Figures on the overview. ----
  function counts(section) {
    listen(section.dataset.figures + '/events', {
      app: function () { freshen(location.href); },
      resync: function () { freshen(location.href); },
      figures: function (row) {
        var today = row.days[row.days.length - 1] || {};
        Array.prototype.forEach.call(section.querySelectorAll('[data-figure]'), function (value) { value.textContent = row[value.dataset.figure]; });
        Array.prototype.forEach.call(section.querySelectorAll('[data-today]'), function (value) { value.textContent = today[value.dataset.today]; });
      }
    }, function (isOn) { if (isOn) freshen(location.href); });
  }

  // ---- The table. ----
  function table(section) {
    var kind = section.dataset.kind, descends = section.dataset.descending === 'true';
    var box = section.querySelector('[data-table]'), body = box.querySelector('table');
    var empty = section.querySelector('[data-empty]'), more = section.querySelector('[data-more]');
    var said = section.querySelector('[data-said]'), pulse = section.querySelector('[data-pulse]');
    var search = section.querySelector('[data-search]'), input = search.querySelector('[type=search]');
    var live = pulse.textContent, hasMore = !more.hidden, q = input.value.trim();
    // `index`: rows by their identifiers; to look for one among thousands takes longer than to show it.
    var index = new Map(), wanted = new Set(), known = new Map(), came = [], went = [], timer = null;
    // `turn`: answers to older questions are dropped. `anew`: the turn whose answer replaces all that is shown, 0 for none.
    var turn = 0, anew = 0, fetching = false, loading = false;
    Array.prototype.forEach.call(body.querySelectorAll('tr[data-id]'), function (tr) { index.set(tr.dataset.id, tr); });
    wire(body);
    scrolls();
    searches();
    body.addEventListener('click', expands);
    document.addEventListener('submit', quietly);
    listen(section.dataset.api + '/events', handlers(), function (isOn) {
      shared.atRest().then(function () {
        pulse.hidden = false;
        pulse.dataset.state = isOn ? 'running' : 'waiting';
        pulse.textContent = isOn ? live : pulse.dataset.off;
      });
      if (isOn) refresh();
    });

    function handlers() {
      var own = { registered: 'user', waiting: 'user', pending: 'invite', devices: 'session' }[kind];
      var all = { resync: refresh, app: function () { freshen(section.dataset.base); }, user: other, invite: other, session: other, 'user-gone': other, 'invite-gone': other, 'session-gone': other };
      all[own] = function (row) {
        if (kind === 'devices' && row.user_id) return;
        if (!patched(row)) ask(row.id);
      };
      all[own + '-gone'] = function (row) {
        known.delete(row.id);
        shared.atRest().then(function () {
          var tr = find(row.id);
          if (tr) { went.push(title(tr)); remove(tr); }
          // An answer from before may be on its way and bring it back.
          ask(row.id);
        });
      };
      return all;
      // What belongs to another kind changes its count, at most.
      function other() { ask(null); }
    }

    // Numbers change in place; for everything else the server is asked.
    function patched(row) {
      var tr = find(row.id);
      var rest = JSON.stringify(row, function (name, value) {
        return name === 'open_connections' || name === 'last_seen_at' ? undefined : value;
      });
      var before = known.get(row.id);
      known.set(row.id, rest);
      if (!tr || before !== rest) return false;
      var open = tr.querySelector('[data-open]');
      if (!open || (Number(open.dataset.open) > 0) !== (row.open_connections > 0)) return false;
      open.dataset.open = open.textContent = row.open_connections;
      return true;
    }

    function ask(id) {
      wanted.add(id);
      if (!timer && !fetching) timer = setTimeout(answer, GATHER);
    }

    // Asks for the rows that changed; those that no longer fit here are not among the answers.
    function answer() {
      timer = null;
      var ids = Array.from(wanted).filter(Boolean).slice(0, ASK), mine = turn, wait = GATHER;
      ids.forEach(function (id) { wanted.delete(id); });
      wanted.delete(null);
      fetching = true;
      rows('ids=' + ids.join(',')).then(function (page) {
        if (mine !== turn) return;
        ids.forEach(function (id) { place(id, page.rows.get(id)); });
        settle(page);
      }).catch(function () {
        // What was told is told once: it is asked for until there is an answer.
        wait = RETRY; ids.concat(null).forEach(function (id) { wanted.add(id); });
      }).then(function () {
        fetching = false;
        if (wanted.size && !timer) timer = setTimeout(answer, wait);
      });
    }

    // The whole of what is shown, anew.
    function refresh() {
      whole(Math.min(Math.max(index.size, PAGE), 1000), function (page) {
        Array.from(index.values()).forEach(function (tr) { if (!page.rows.has(tr.dataset.id)) remove(tr); });
        // Each of these has its place, the ones behind the last that was shown too.
        hasMore = false;
        page.rows.forEach(function (row, id) { place(id, row, true); });
      });
    }

    // Nothing more is loaded until the answer is there: it would be taken for rows that are gone.
    function whole(count, show) {
      var mine = anew = ++turn;
      rows('limit=' + count).then(function (page) {
        if (mine !== turn) return;
        show(page);
        proceed(page);
        settle(page);
        anew = 0;
        near();
      }).catch(function () { setTimeout(function () { if (mine === turn) refresh(); }, RETRY); });
    }

    function rows(what) {
      var query = new URLSearchParams(what);
      query.set('kind', kind);
      query.set('sort', section.dataset.sort);
      if (q) query.set('q', q);
      return fetch(section.dataset.own + '/rows?' + query, { headers: { accept: 'text/html' } }).then(function (answer) {
        if (answer.redirected || answer.status === 401 || answer.status === 404) location.reload();
        return answer.ok ? answer.text() : Promise.reject();
      }).then(shared.atRest).then(function (html) {
        var page = new DOMParser().parseFromString(html, 'text/html'), found = new Map();
        Array.prototype.forEach.call(page.querySelectorAll('tr[data-id]'), function (tr) { found.set(tr.dataset.id, document.importNode(tr, true)); });
        return { page: page, rows: found, last: page.querySelector('table').dataset.last };
      });
    }

    // Puts a row where it belongs. One that is there already stays where it is.
    function place(id, row, isQuiet) {
      var old = find(id);
      if (!row) { if (old) remove(old); return; }
      wire(row);
      if (old) {
        if (old.outerHTML === row.outerHTML) return;
        var keep = old.contains(document.activeElement) ? document.activeElement.dataset.keep : null;
        var isOpen = old.querySelector('[aria-expanded=true]');
        old.replaceWith(row);
        index.set(id, row);
        if (keep) { var again = row.querySelector('[data-keep="' + keep + '"]'); if (again) again.focus({ preventScroll: true }); }
        if (isOpen) { row.querySelector('[data-expand]').setAttribute('aria-expanded', 'true'); fill(row); }
        return;
      }
      var next = following(row.dataset.mark);
      // Behind what is loaded: it comes with the rest.
      if (!next && hasMore) return;
      if (next) next.before(row); else last(body.tBodies).appendChild(row);
      index.set(id, row);
      if (!isQuiet) { came.push(title(row)); mark(row); }
    }

    function following(mark) {
      // The first row is the head's.
      var all = body.rows, low = 1, high = all.length;
      while (low < high) {
        var middle = (low + high) >> 1, at = all[middle];
        // What is expanded belongs to the row above it.
        var there = (at.dataset.id ? at : at.previousElementSibling).dataset.mark;
        if (descends ? there > mark : there < mark) low = middle + 1; else high = middle;
      }
      return all[low] || null;
    }

    function remove(tr) {
      var detail = tr.nextElementSibling && tr.nextElementSibling.matches('.more') ? tr.nextElementSibling : null;
      if (tr.contains(document.activeElement) || (detail && detail.contains(document.activeElement))) {
        var beside = body.rows[(detail || tr).rowIndex + 1] || body.rows[tr.rowIndex - 1];
        var target = beside && beside.querySelector('[data-keep=name], [data-keep=delete], a, button');
        (target || input).focus({ preventScroll: true });
      }
      if (detail) detail.remove();
      tr.remove();
      index.delete(tr.dataset.id);
    }

    function settle(page) {
      Array.prototype.forEach.call(page.page.querySelectorAll('data[data-count]'), function (count) {
        var shown = section.querySelector('.kinds [data-count="' + count.dataset.count + '"]');
        if (shown && shown.textContent !== count.value) shown.textContent = count.value;
      });
      var isEmpty = box.hidden = !index.size;
      empty.hidden = !isEmpty;
      var none = page.page.querySelector('.none');
      if (none && isEmpty) { empty.querySelector('h2').textContent = none.textContent; var lead = empty.querySelector('p'); if (lead) lead.hidden = true; }
      tell();
    }

    function proceed(page) {
      hasMore = Boolean(page.last);
      more.hidden = !hasMore;
    }

    // A screen reader hears who came and went, a few names at a time.
    function tell() {
      var text = [];
      if (came.length) text.push(section.dataset.came + some(came));
      if (went.length) text.push(section.dataset.went + some(went));
      if (text.length) said.textContent = text.join('. ');
      came = []; went = [];
    }

    function some(names) { return names.slice(0, 3).join(', ') + (names.length > 3 ? ' +' + (names.length - 3) : ''); }
    function title(tr) { return tr.querySelector('.first').firstElementChild ? tr.querySelector('.first').firstElementChild.textContent : tr.querySelector('.first').textContent; }
    // The table is in pieces: one that is out of sight costs nothing.
    function append(rows) {
      var height = matchMedia('(max-width: 48rem)').matches ? 12 : 3.5;
      do {
        var piece = document.createElement('tbody'), part = rows.splice(0, PIECE);
        piece.setAttribute('role', 'rowgroup');
        piece.style.containIntrinsicBlockSize = 'auto ' + part.length * height + 'rem';
        piece.append.apply(piece, part);
        wire(body.appendChild(piece));
      } while (rows.length);
    }
    function last(list) { return list[list.length - 1]; }
    function find(id) { return index.get(id); }
    function mark(row) { row.classList.add('fresh'); setTimeout(function () { row.classList.remove('fresh'); }, 4000); }

    function wire(within) {
      Array.prototype.forEach.call(within.querySelectorAll('[data-expand]'), function (button) { button.hidden = false; });
      shared.wire(within);
    }

    // ---- More rows, as one comes near the end. ----
    function scrolls() {
      var link = more.querySelector('a') || document.createElement('a');
      link.addEventListener('click', function (event) { event.preventDefault(); load(); });
      // Somebody who holds the End key is faster than an observer notices.
      window.addEventListener('scroll', near, { passive: true });
      window.addEventListener('resize', near);
      near();
    }

    function near() {
      if (!more.hidden && more.getBoundingClientRect().top < innerHeight + 800) load();
    }

    function load() {
      if (loading || anew || !hasMore) return;
      var end = last(body.rows), mine = turn, wait = 0;
      if (end.matches('.more')) end = end.previousElementSibling;
      if (!end.dataset.id) return;
      loading = true;
      rows('limit=' + PAGE + '&after=' + encodeURIComponent(end.dataset.mark)).then(function (page) {
        if (mine !== turn) return;
        var added = [];
        page.rows.forEach(function (row, id) { if (!find(id)) { added.push(row); index.set(id, row); } });
        append(added);
        proceed(page);
      }).catch(function () { wait = RETRY; }).then(function () {
        setTimeout(function () { loading = false; near(); }, wait);
      });
    }

    // ---- Search while one types. ----
    function searches() {
      search.querySelector('button').hidden = true;
      var later;
      function look() {
        clearTimeout(later);
        if (input.value.trim() === q) return;
        q = input.value.trim();
        var own = new URLSearchParams(location.search);
        own.set('kind', kind);
        if (q) own.set('q', q); else own.delete('q');
        own.delete('after');
        history.replaceState(null, '', location.pathname + '?' + own);
        whole(PAGE, function (page) {
          Array.from(body.tBodies).forEach(function (piece) { piece.remove(); });
          index = page.rows;
          append(Array.from(index.values()));
        });
      }
      input.addEventListener('input', function () { clearTimeout(later); later = setTimeout(look, 200); });
      search.addEventListener('submit', function (event) { event.preventDefault(); look(); });
    }

    // ---- A person's devices, below their row. ----
    function expands(event) {
      var button = event.target.closest('[data-expand]');
      if (!button) return;
      var tr = button.closest('tr'), isOpen = button.getAttribute('aria-expanded') === 'true';
      button.setAttribute('aria-expanded', String(!isOpen));
      if (!isOpen) return fill(tr);
      if (tr.nextElementSibling && tr.nextElementSibling.matches('.more')) tr.nextElementSibling.remove();
    }

    function fill(tr) {
      var button = tr.querySelector('[data-expand]');
      fetch(button.dataset.expand, { headers: { accept: 'text/html' } }).then(function (answer) {
        return answer.ok ? answer.text() : Promise.reject();
      }).then(shared.atRest).then(function (html) {
        var found = new DOMParser().parseFromString(html, 'text/html').querySelector('.sessions');
        if (!found || !tr.isConnected || button.getAttribute('aria-expanded') !== 'true') return;
        var detail = tr.nextElementSibling && tr.nextElementSibling.matches('.more') ? tr.nextElementSibling : null;
        var focused = detail && detail.contains(document.activeElement);
        if (!detail) {
          detail = document.createElement('tr');
          detail.className = 'more';
          detail.setAttribute('role', 'row');
          var cell = detail.appendChild(document.createElement('td'));
          cell.colSpan = tr.cells.length;
          cell.setAttribute('role', 'cell');
          cell.setAttribute('aria-colspan', cell.colSpan);
          tr.after(detail);
        }
        found.removeAttribute('aria-labelledby');
        found.setAttribute('aria-label', button.getAttribute('aria-label'));
        found.classList.remove('part');
        Array.prototype.forEach.call(found.querySelectorAll('[id]'), function (one) { one.removeAttribute('id'); });
        detail.cells[0].replaceChildren(document.importNode(found, true));
        wire(detail);
        if (focused) button.focus({ preventScroll: true });
      }).catch(function () {});
    }

    // ---- Deeds without leaving the page: what they change comes by the stream. ----
    function quietly(event) {
      var form = event.target, dialog = form.closest('dialog');
      if (!(dialog || form.matches('[data-quiet]')) || form.method !== 'post' || event.defaultPrevented) return;
      event.preventDefault();
      fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { accept: 'text/html' } }).then(function (answer) {
        if (!answer.ok && answer.status !== 404) return Promise.reject();
        if (dialog) dialog.close();
        ask(null);
      }).catch(function () { form.submit(); });
    }
  }
})();
