// Small comforts. Every page does its work without this file.
(function () {
  'use strict';

  var MOST = 4096;
  var fragment = document.querySelector('.summary') ? '' : location.hash;

  keepFragment();
  document.querySelectorAll('input[type=password]').forEach(function (input) {
    addShow(input);
    addCapsHint(input);
    if (input.dataset.weak) addStrength(input);
  });
  document.querySelectorAll('.done').forEach(sayAgain);
  document.querySelectorAll('form').forEach(sendOnce);
  document.querySelectorAll('[data-watch]').forEach(watch);
  document.querySelectorAll('[data-status]').forEach(watchProviders);

  // A fragment never reaches the server by itself: it goes along in `return_to`, and with links to our other pages.
  function keepFragment() {
    if (fragment.length < 2) return;
    document.querySelectorAll('input[name=return_to]').forEach(function (input) {
      var target = input.value + fragment.replace(/\\/g, '%5C');
      if (input.value.indexOf('#') < 0 && target.length <= MOST) input.value = target;
    });
    document.querySelectorAll('a[href*="return_to="]:not(.provider)').forEach(function (link) {
      if (!link.hash) link.hash = fragment;
    });
    // An identity provider's page would lose it.
    document.querySelectorAll('a.provider').forEach(function (link) {
      var whole = link.dataset.href.replace(/(return_to=)([^&]*)/, function (pair, name, target) {
        var long = target + encodeURIComponent(fragment.replace(/\\/g, '%5C'));
        return target.indexOf('%23') < 0 && long.length <= MOST ? name + long : pair;
      });
      link.dataset.href = whole;
      if (link.hasAttribute('href')) link.setAttribute('href', whole);
    });
  }

  function addShow(input) {
    var button = document.createElement('button');
    button.type = 'button';
    button.className = 'show';
    button.setAttribute('aria-label', input.dataset.show);
    button.setAttribute('aria-pressed', 'false');
    button.setAttribute('aria-controls', input.id);
    button.innerHTML = '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" aria-hidden="true" focusable="false"><path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/><path class="slash" d="M4 4l16 16"/></svg>';
    var box = document.createElement('div');
    box.className = 'input';
    input.parentNode.insertBefore(box, input);
    box.appendChild(input);
    box.appendChild(button);
    button.addEventListener('click', function () {
      var shown = input.type === 'password';
      input.type = shown ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(shown));
    });
    // Sent hidden, so that the browser takes it for a password and for nothing else.
    if (input.form) input.form.addEventListener('submit', function () {
      input.type = 'password';
      button.setAttribute('aria-pressed', 'false');
    });
  }

  function addCapsHint(input) {
    var hint = document.createElement('p');
    hint.className = 'hint';
    hint.setAttribute('role', 'status');
    input.parentNode.parentNode.insertBefore(hint, input.parentNode.nextSibling);
    // A key elsewhere ends it; a press of a button does not: what moves away under a press is not clicked.
    function look(event) {
      var isOn = event.target === input && event.getModifierState && event.getModifierState('CapsLock');
      var text = isOn ? input.dataset.caps : '';
      if (hint.textContent !== text) hint.textContent = text;
    }
    document.addEventListener('keydown', look);
    document.addEventListener('keyup', look);
  }

  // How long it takes to guess, roughly: repeated and consecutive characters hardly count, other kinds of them do.
  function addStrength(input) {
    var words = ['', input.dataset.weak, input.dataset.fair, input.dataset.good];
    var meter = document.createElement('p');
    meter.className = 'hint strength';
    meter.setAttribute('aria-live', 'polite');
    input.parentNode.parentNode.insertBefore(meter, input.parentNode.nextSibling);
    input.addEventListener('input', function () {
      var level = strength(input.value);
      if (meter.textContent !== words[level]) meter.textContent = words[level];
      meter.setAttribute('data-level', String(level));
    });
  }

  function strength(text) {
    if (!text) return 0;
    var points = 0, kinds = 1, seen = {};
    for (var at = 0; at < text.length; at++) {
      var step = at ? Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) : 9;
      points += step < 2 || seen[text[at]] > 1 ? 0.25 : 1;
      seen[text[at]] = (seen[text[at]] || 0) + 1;
    }
    [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].forEach(function (kind) { if (kind.test(text)) kinds += 1; });
    points += 2 * (kinds - 2);
    if (text.length < 8 || Object.keys(seen).length < 5) return 1;
    // NIST SP 800-63B advises 15 characters: what is shorter is never the best there is.
    return points >= 16 && text.length >= 15 ? 3 : points >= 11 ? 2 : 1;
  }

  // What stands on a page from the beginning is not announced: it is said a moment later.
  function sayAgain(line) {
    var text = line.textContent;
    line.style.minHeight = line.offsetHeight + 'px';
    line.textContent = '\u00a0';
    setTimeout(function () { line.textContent = text; }, 150);
  }

  // A second click while the first is on its way would count as a second try.
  function sendOnce(form) {
    var sent = false;
    var button = form.querySelector('button[type=submit]');
    form.addEventListener('submit', function (event) {
      if (sent) return event.preventDefault();
      sent = true;
      if (button) button.setAttribute('aria-disabled', 'true');
    });
    // A page that comes back by the Back button can be sent again.
    window.addEventListener('pageshow', function () {
      sent = false;
      if (button) button.removeAttribute('aria-disabled');
    });
  }

  // Which identity providers can be reached, as long as somebody can see the page.
  function watchProviders(box) {
    var pause = 10000;
    function show(item) {
      var link = box.querySelector('[data-provider="' + item.id + '"]');
      if (!link) return;
      var reason = document.getElementById('provider-' + item.id);
      if (item.reachable) {
        link.setAttribute('href', link.dataset.href);
        link.removeAttribute('aria-disabled');
        link.removeAttribute('role');
      } else {
        link.removeAttribute('href');
        link.setAttribute('aria-disabled', 'true');
        link.setAttribute('role', 'link');
      }
      if (reason.textContent !== (item.reason || '')) reason.textContent = item.reason || '';
    }
    function ask() {
      if (document.hidden) return setTimeout(ask, pause);
      fetch(box.dataset.status, { cache: 'no-store' }).then(function (answer) {
        return answer.ok ? answer.json().then(function (status) { status.items.forEach(show); }) : null;
      }).then(null, function () {}).then(function () { setTimeout(ask, pause); });
    }
    if (box.querySelector('[data-provider]')) setTimeout(ask, pause);
  }

  // Asks whether the app is back, only while somebody can see the page.
  function watch(notice) {
    var pause = Number(notice.dataset.seconds) * 1000;
    function ask() {
      if (document.hidden) return setTimeout(ask, pause);
      fetch(notice.dataset.watch, { cache: 'no-store' }).then(function (answer) {
        if (answer.status === 503) return setTimeout(ask, pause);
        if (answer.status !== 403) return location.reload();
        // Not yet approved; anything else that is refused has a page of its own.
        answer.json().then(function (problem) {
          if (problem.type === 'urn:millgate:problem:waiting') setTimeout(ask, pause);
          else location.reload();
        }, function () { setTimeout(ask, pause); });
      }, function () { setTimeout(ask, pause); });
    }
    setTimeout(ask, pause);
  }
})();
