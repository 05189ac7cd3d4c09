// The console's own script. Every page does its work without it; live tables have their own file.
(function () {
  'use strict';

  var root = document.documentElement;
  var language = root.lang || 'en';
  // On a touch screen the click comes a little after the finger has gone.
  var CLICK = 100;
  var pressed = false, held = [];

  presses();
  menus();
  tell();
  each(document, '[data-copy]', copies);
  each(document, 'form', sendsOnce);
  each(document, '[data-dialog]', opens);
  each(document, 'form[data-auto]', asksByItself);
  each(document, '[data-try]', tries);
  each(document, 'input[type=password][data-show]', shows);
  each(document, '.naming', names);
  each(document, '.places, .tabs', inSight);
  times();
  dates();
  setInterval(function () { atRest().then(times); }, 20000);

  // For the scripts of live tables.
  window.millgate = { ago: ago, times: times, wire: wire, atRest: atRest };

  function each(within, selector, work) {
    Array.prototype.forEach.call(within.querySelectorAll(selector), work);
  }

  // What came later: a dialog's content, a new row.
  function wire(within) {
    each(within, '[data-copy]', copies);
    each(within, 'form', sendsOnce);
    each(within, '[data-dialog]', opens);
    each(within, 'input[type=password][data-show]', shows);
    times(within);
    dates(within);
  }

  // What moves away between a press and its end is not clicked, and nobody who pressed it knows why.
  function presses() {
    var by = null, later;
    function begins(event) {
      var isPress = event.type === 'keydown' ? event.key === ' ' : event.button < 2;
      if (!isPress || !event.target.closest('a, button, summary, label')) return;
      clearTimeout(later);
      pressed = true;
      by = presser(event);
    }
    function ends(event) {
      if (!pressed || (event.type === 'blur' ? event.target !== window : presser(event) !== by)) return;
      clearTimeout(later);
      later = setTimeout(function () {
        pressed = false;
        held.splice(0).forEach(function (go) { go(); });
      }, CLICK);
    }
    // Another finger, or another key, ends nothing. What is no pointer's or key's own end, ends all.
    function presser(event) {
      return event.pointerId === undefined ? event.key || by : event.pointerId;
    }
    ['pointerdown', 'keydown'].forEach(function (type) { window.addEventListener(type, begins, true); });
    ['pointerup', 'pointercancel', 'keyup', 'contextmenu', 'dragend', 'blur'].forEach(function (type) {
      window.addEventListener(type, ends, true);
    });
  }

  // For what comes by itself and moves something: passes its argument on when nothing is pressed.
  function atRest(what) {
    return new Promise(function (go) {
      if (pressed) held.push(function () { go(what); }); else go(what);
    });
  }

  // On a phone the places are wider than the screen: the present one is in sight.
  function inSight(nav) {
    var here = nav.querySelector('[aria-current]');
    if (here && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
  }

  function menus() {
    var all = document.querySelectorAll('details.menu');
    function close(but) {
      Array.prototype.forEach.call(all, function (menu) { if (menu !== but) menu.open = false; });
    }
    document.addEventListener('click', function (event) {
      close(event.target.closest ? event.target.closest('details.menu') : null);
    });
    document.addEventListener('keydown', function (event) {
      if (event.key !== 'Escape') return;
      var open = document.querySelector('details.menu[open]');
      if (open) { open.open = false; open.querySelector('summary').focus(); }
    });
  }

  // What was done is said once: loading the page again does not repeat it.
  function tell() {
    var flash = document.querySelector('.flash');
    if (!flash) return;
    var text = flash.textContent;
    flash.style.minHeight = flash.offsetHeight + 'px';
    flash.textContent = '\u00a0';
    setTimeout(function () { flash.textContent = text; }, 150);
    var query = new URLSearchParams(location.search);
    query.delete('done');
    var rest = query.toString();
    history.replaceState(null, '', location.pathname + (rest ? '?' + rest : '') + location.hash);
  }

  function copies(button) {
    if (button.dataset.wired) return;
    button.dataset.wired = '1';
    button.hidden = false;
    var label = button.querySelector('.text') || button;
    var before = label.textContent;
    button.addEventListener('click', function () {
      copy(button.dataset.copy).then(function () {
        label.textContent = button.dataset.copied;
        setTimeout(function () { atRest().then(function () { label.textContent = before; }); }, 2000);
      }, function () {});
    });
  }

  // Plain HTTP on a plant's network has no clipboard of its own.
  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    var area = document.createElement('textarea');
    area.value = text;
    area.className = 'aside';
    (document.querySelector('dialog[open]') || document.body).appendChild(area);
    area.select();
    var done = document.execCommand('copy');
    area.remove();
    return done ? Promise.resolve() : Promise.reject();
  }

  // A second click while the first is on its way would be a second deed.
  function sendsOnce(form) {
    if (form.dataset.wired) return;
    form.dataset.wired = '1';
    var sent = false;
    form.addEventListener('submit', function (event) {
      if (event.defaultPrevented) return;
      if (sent) { event.preventDefault(); return; }
      sent = true;
      setTimeout(function () { each(form, 'button', function (button) { button.setAttribute('aria-disabled', 'true'); }); });
    });
    window.addEventListener('pageshow', function () {
      sent = false;
      each(form, 'button[aria-disabled]', function (button) { button.removeAttribute('aria-disabled'); });
    });
  }

  // The page that asks, above this one.
  function opens(link) {
    if (link.dataset.wired || !window.HTMLDialogElement) return;
    link.dataset.wired = '1';
    link.addEventListener('click', function (event) {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      fetch(link.href, { headers: { accept: 'text/html' } }).then(function (answer) {
        return answer.ok ? answer.text() : Promise.reject();
      }).then(function (html) {
        var ask = new DOMParser().parseFromString(html, 'text/html').querySelector('.ask');
        if (!ask) return Promise.reject();
        show(document.importNode(ask, true), link);
      }).catch(function () { location.href = link.href; });
    });
  }

  function show(ask, from) {
    var dialog = document.createElement('dialog');
    var heading = ask.querySelector('h1, h2');
    if (heading) { heading.id = 'dialog-heading'; dialog.setAttribute('aria-labelledby', heading.id); }
    dialog.appendChild(ask);
    document.body.appendChild(dialog);
    each(dialog, '[data-cancel]', function (link) {
      link.addEventListener('click', function (event) { event.preventDefault(); dialog.close(); });
    });
    dialog.addEventListener('click', function (event) { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener('close', function () {
      dialog.remove();
      // Where it was pressed, something new may stand by now.
      var back = from.isConnected ? from : document.querySelector('a[href="' + CSS.escape(from.getAttribute('href')) + '"]');
      if (back) back.focus();
    });
    wire(dialog);
    dialog.showModal();
    // What cannot be undone is not what Enter does.
    var way = dialog.querySelector('.grave') && dialog.querySelector('[data-cancel]');
    if (way) way.focus();
  }

  // Filters act when they are changed; their button is for who has no script.
  function asksByItself(form) {
    each(form, 'button[type=submit]', function (button) { button.hidden = true; });
    form.addEventListener('change', function (event) {
      if (event.target.matches('select, input[type=checkbox], input[type=radio]')) form.requestSubmit ? form.requestSubmit() : form.submit();
    });
  }

  // Asks the server about what was typed, and shows its answer in the element named by `data-into`.
  function tries(input) {
    var into = document.getElementById(input.dataset.into);
    var last = input.value, turn = 0;
    function ask() {
      var value = input.value.trim();
      if (value === last.trim() || !value) return;
      last = value;
      var mine = ++turn;
      into.setAttribute('aria-busy', 'true');
      var body = new URLSearchParams();
      body.set(input.name, value);
      fetch(input.dataset.try, { method: 'POST', body: body, headers: { accept: 'text/html' } }).then(function (answer) {
        return answer.ok ? answer.text() : Promise.reject();
      }).then(atRest).then(function (html) {
        if (mine !== turn) return;
        var found = new DOMParser().parseFromString(html, 'text/html').querySelector('.answer');
        into.textContent = '';
        if (found) into.appendChild(document.importNode(found, true));
      }).catch(function () {}).then(function () { into.removeAttribute('aria-busy'); });
    }
    var later;
    input.addEventListener('input', function () { clearTimeout(later); later = setTimeout(ask, 700); });
    input.addEventListener('change', ask);
  }

  // A new app's name follows its title until it is changed by hand, and its proposed addresses follow the name.
  function names(box) {
    var title = box.querySelector('input[name=title]'), name = box.querySelector('input[name=name]');
    if (!title || !name) return;
    var own = slug(title.value) !== name.value;
    function tell() {
      each(box, 'input[type=radio][value*="{name}"]', function (radio) {
        radio.parentNode.querySelector('.what').textContent = radio.value.replace('{name}', slug(name.value) || '…');
      });
    }
    title.addEventListener('input', function () { if (!own) { name.value = slug(title.value); tell(); } });
    name.addEventListener('input', function () { own = true; tell(); });
  }

  // As the server makes a name of a title.
  function slug(title) {
    var plain = title.toLowerCase().replace(/ä/g, 'ae').replace(/ö/g, 'oe').replace(/ü/g, 'ue').replace(/ß/g, 'ss');
    return plain.replace(/[^a-z0-9]+/g, '-').slice(0, 40).replace(/^-+|-+$/g, '');
  }

  function shows(input) {
    if (input.dataset.wired) return;
    input.dataset.wired = '1';
    var button = document.createElement('button');
    button.type = 'button';
    button.textContent = input.dataset.show;
    button.setAttribute('aria-pressed', 'false');
    var box = document.createElement('div');
    box.className = 'beside';
    input.parentNode.insertBefore(box, input);
    box.appendChild(input);
    box.appendChild(button);
    button.addEventListener('click', function () {
      var hidden = input.type === 'password';
      input.type = hidden ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(hidden));
    });
  }

  function times(within) {
    each(within && within.querySelectorAll ? within : document, 'time[data-ago]', function (time) {
      var text = ago(time.getAttribute('datetime'));
      if (text && text !== time.textContent) time.textContent = text;
    });
  }

  // The exact moment is there for who points at one: to write it for thousands costs more than to show them.
  document.addEventListener('pointerover', function (event) {
    var time = event.target.closest && event.target.closest('time[data-ago]');
    if (time && !time.title) time.title = new Date(time.getAttribute('datetime')).toLocaleString(language);
  });

  // A moment to come, by the clock of whoever reads it; the server knows no more than UTC.
  function dates(within) {
    each(within && within.querySelectorAll ? within : document, 'time[data-date]', function (time) {
      var moment = new Date(time.getAttribute('datetime'));
      if (!isNaN(moment)) time.textContent = moment.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
      time.removeAttribute('data-date');
    });
  }

  // As the server says it, so that nothing changes at the first look.
  function ago(moment) {
    var past = (Date.now() - Date.parse(moment)) / 1000;
    if (isNaN(past)) return '';
    if (past < -60) return ahead(-past);
    if (past < 60) return language === 'de' ? 'gerade eben' : 'just now';
    var steps = past < 3600 ? [60, 'minute'] : past < 86400 ? [3600, 'hour'] : [86400, 'day'];
    var count = Math.floor(past / steps[0]);
    if (count === 1) {
      var one = { minute: ['a minute ago', 'vor einer Minute'], hour: ['an hour ago', 'vor einer Stunde'], day: ['yesterday', 'gestern'] };
      return one[steps[1]][language === 'de' ? 1 : 0];
    }
    if (language === 'de') return 'vor ' + count + ' ' + { minute: 'Minuten', hour: 'Stunden', day: 'Tagen' }[steps[1]];
    return count + ' ' + steps[1] + 's ago';
  }

  // For what ends: rounded to the nearest, because nobody counts the seconds until then.
  function ahead(left) {
    var steps = left < 3600 ? [60, 'minute', 'Minute'] : left < 86400 ? [3600, 'hour', 'Stunde'] : [86400, 'day', 'Tag'];
    var count = Math.round(left / steps[0]);
    if (language === 'de') return 'in ' + count + ' ' + steps[2] + (count === 1 ? '' : steps[2] === 'Tag' ? 'en' : 'n');
    return 'in ' + count + ' ' + steps[1] + (count === 1 ? '' : 's');
  }
})();
