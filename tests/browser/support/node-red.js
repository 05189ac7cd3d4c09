// @ts-check
// A real Node-RED on loopback, started from the tests' own node_modules with an empty project.
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { freePort, request } from './net.js';
import { Program, scratch } from './process.js';

const entry = path.join(path.dirname(createRequire(import.meta.url).resolve('node-red/package.json')), 'red.js');

/** @typedef {{url: string, stop: () => Promise<void>}} NodeRed */

/**
 * @param {string} [root] where editor and HTTP nodes live, for example `/red`
 * @returns {Promise<NodeRed>}
 */
export async function startNodeRed(root = '/') {
  const port = await freePort();
  const { directory, remove } = await scratch('node-red');
  const settings = path.join(directory, 'settings.js');
  await writeFile(settings, `module.exports = ${JSON.stringify({
    uiHost: '127.0.0.1',
    uiPort: port,
    httpAdminRoot: root,
    httpNodeRoot: root,
    flowFile: 'flows.json',
    // Everything that would ask another host, or cover the editor with a greeting, is off.
    telemetry: { enabled: false, updateNotification: false },
    externalModules: { autoInstall: false, palette: { allowInstall: false, catalogues: [] }, modules: { allowInstall: false } },
    editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] } },
  })};\n`);
  const program = new Program('node-red', process.execPath, [entry, '--userDir', directory, '--settings', settings]);
  const stop = async () => { await program.stop(); await remove(); };
  try {
    const settingsUrl = `http://127.0.0.1:${port}${root.replace(/\/$/, '')}/settings`;
    await program.until(async () => (await request(settingsUrl)).status === 200, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}
