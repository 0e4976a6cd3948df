import { describe, expect, it } from 'vitest';

import { benchHtml } from '../../../src/host/bench/bench-html.ts';

const page = {
  script: 'https://host/bench.js',
  style: 'https://host/bench.css',
  icons: 'https://host/codicon.css',
  source: 'https://*.host',
  nonce: 'abc',
  language: 'en',
  title: 'Edit Bench',
  texts: undefined,
};

describe('benchHtml', () => {
  it('lets nothing in but its own script, styles and font', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(benchHtml(page))![1]!;
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'nonce-abc'",
      'style-src https://*.host',
      'font-src https://*.host',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it('lets no text out of its place', () => {
    const html = benchHtml({ ...page, title: '"><b>', texts: { a: '</script><script>alert(1)</script>' } });
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain('<b>');
  });
});
