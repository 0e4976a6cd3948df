import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Writes logs as spdlog does, one line at a time. */
const SPDLOG = `'use strict';
const { appendFileSync, mkdirSync } = require('node:fs');
const path = require('node:path');
const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
let everyLevel = 2;
class Logger {
  constructor(type, name, file) {
    this.file = file;
    this.raw = false;
    mkdirSync(path.dirname(file), { recursive: true });
    appendFileSync(file, '');
  }
  write(level, message) {
    if (level < (this.level ?? everyLevel)) return;
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
    appendFileSync(this.file, this.raw ? message : time + ' [' + LEVELS[level] + '] ' + message + '\\n');
  }
  trace(message) { this.write(0, message); }
  debug(message) { this.write(1, message); }
  info(message) { this.write(2, message); }
  warn(message) { this.write(3, message); }
  error(message) { this.write(4, message); }
  critical(message) { this.write(5, message); }
  getLevel() { return this.level ?? everyLevel; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.raw = true; }
  flush() {}
  drop() {}
}
exports.version = 0;
exports.setLevel = (level) => { everyLevel = level; };
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = async (name, file) => new Logger('rotating', name, file);
exports.createAsyncRotatingLogger = async (name, file) => new Logger('rotating_async', name, file);
`;

/** Ends a process whose parent is gone. */
const WATCHDOG = `'use strict';
exports.start = (pid) => {
  const look = () => {
    try { process.kill(pid, 0); } catch { process.exit(87); }
  };
  setInterval(look, 1000).unref();
};
exports.exit = (code) => process.exit(code);
`;

/** Replaces two native packages of VS Code, which are not compiled where install scripts do not run, with plain JavaScript. */
export function writeStandIns(nodeModules: string): void {
  for (const [name, text] of [
    ['@vscode/spdlog', SPDLOG],
    ['@vscode/native-watchdog', WATCHDOG],
  ] as const) {
    const folder = path.join(nodeModules, name);
    if (!existsSync(folder)) throw new Error(`VS Code no longer has ${name}.`);
    // A module type in its package.json would decide how the file is read.
    rmSync(path.join(folder, 'package.json'));
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }));
    writeFileSync(path.join(folder, 'index.js'), text);
  }
}
