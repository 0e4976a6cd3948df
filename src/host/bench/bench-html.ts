/** Where a page's parts lie, as the webview's own origin names them. */
export interface BenchPage {
  readonly script: string;
  readonly style: string;
  readonly icons: string;
  /** Origin from which the webview loads its resources. */
  readonly source: string;
  readonly nonce: string;
  readonly language: string;
  readonly title: string;
  /** Translations of the page's texts; null in English. */
  readonly texts: unknown;
}

/** The Edit Bench's document: one script, two style sheets and a font, and nothing else may be loaded. */
export function benchHtml({ script, style, icons, source, nonce, language, title, texts }: BenchPage): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `font-src ${source}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  // A closing tag inside a text must not end the block.
  const json = JSON.stringify(texts ?? {}).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="${escaped(language)}">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escaped(title)}</title>
  <link rel="stylesheet" href="${escaped(icons)}">
  <link rel="stylesheet" href="${escaped(style)}">
</head>
<body>
  <script type="application/json" id="texts" nonce="${nonce}">${json}</script>
  <script type="module" nonce="${nonce}" src="${escaped(script)}"></script>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
