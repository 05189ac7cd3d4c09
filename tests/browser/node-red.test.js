// @ts-check
// The main job: Node-RED behind the gate, used by a person in a browser who then loses the right to it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { launch, shot, visitor } from './support/browser.js';
import { startGate } from './support/gate.js';
import { Editor } from './support/editor.js';
import { request } from './support/net.js';
import { startNodeRed } from './support/node-red.js';
import { ada, meets, send, signUpFromSignIn } from './support/portal.js';

/** @type {import('./support/browser.js').Browser} */
let browser;
/** @type {Array<() => Promise<void>>} */
const leftovers = [];
before(async () => { browser = await launch(); });
after(() => browser?.close());
afterEach(async () => { for (const end of leftovers.splice(0).reverse()) await end(); });

/**
 * A Node-RED, a gate before it and a visitor who has nothing yet.
 * @param {Partial<import('./support/gate.js').AppEntry>} app
 * @param {string} [root]
 */
async function nodeRedBehindTheGate(app, root = '/') {
  const nodeRed = await startNodeRed(root);
  leftovers.push(nodeRed.stop);
  const gate = await startGate((port) => [{
    name: 'line4', title: 'Line 4', upstream: nodeRed.url, access: 'signup',
    ...app, ...(app.url ? { url: app.url.replace('{port}', String(port)) } : {}),
  }]);
  leftovers.push(() => gate.stop());
  const { context } = await visitor(browser);
  leftovers.push(() => context.close());
  return { gate, page: await context.newPage() };
}

/**
 * The signed-in person works: editor, socket, a deployed flow that answers with who asked.
 * Then the API ends the right, and the socket closes at once.
 * @param {import('./support/gate.js').Gate} gate
 * @param {import('./support/browser.js').Page} page
 * @param {Editor} editor
 * @param {string} picture
 */
async function workAndLoseTheRight(gate, page, editor, picture) {
  await editor.isReady();
  await editor.importFlow();
  await editor.deploy();
  const answer = await editor.ask();
  assert.deepEqual(answer, { dollarUser: ada.email, xUser: ada.email });
  await shot(page, `${picture}-editor`);

  assert.equal(editor.openSockets(), 1);
  await gate.api.deleteUser('line4', ada.email);
  await editor.socketHasClosed();
  assert.equal(await editor.statusOfABackgroundCall(), 401);
  await page.goto(gate.url('line4'));
  await meets(page, 'sign-in');
  await shot(page, `${picture}-after-deletion`);
  assert.equal((await gate.api.users('line4')).length, 0);
}

describe('Node-RED behind the gate', { timeout: 180_000 }, () => {
  it('opens by sign-up, works, and closes when the user is deleted', async () => {
    const { gate, page } = await nodeRedBehindTheGate({ access: 'signup' });
    const editor = new Editor(page, gate.url('line4'));
    await page.goto(gate.url('line4'));
    await signUpFromSignIn(page);
    await workAndLoseTheRight(gate, page, editor, 'node-red-signup');
  });

  it('opens by an access link only in invite-only mode', async () => {
    const { gate, page } = await nodeRedBehindTheGate({ access: 'invite-only' });
    const editor = new Editor(page, gate.url('line4'));
    await page.goto(gate.url('line4'));
    await meets(page, 'sign-in');
    const { link, ...status } = await gate.api.accessLink('line4', { email: ada.email });
    assert.deepEqual(status, { user_status: 'unknown', registration_status: 'invited', password_setup_required: true });
    await page.goto(link);
    await shot(page, 'node-red-invite');
    await send(page, { password: ada.password, given_name: ada.given_name, family_name: ada.family_name });
    await workAndLoseTheRight(gate, page, editor, 'node-red-invite-only');
    assert.notEqual((await request(link)).status, 200, 'an access link opens once');
  });

  it('lives under a path prefix that is kept', async () => {
    const { gate, page } = await nodeRedBehindTheGate({ url: 'http://127.0.0.1:{port}/red', strip_prefix: false }, '/red');
    const editor = new Editor(page, gate.url('line4'));
    await page.goto(`${gate.url('line4')}/`);
    await signUpFromSignIn(page);
    assert.equal(page.url(), `${gate.url('line4')}/`);
    await workAndLoseTheRight(gate, page, editor, 'node-red-prefix');
  });
});
