/** Characters that XML 1.0 has no way to write (section 2.2), halves of surrogate pairs among them. */
const UNWRITABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** A text with U+FFFD in place of what cannot be written in XML. */
export const writableInXml = (text: string): string => text.replaceAll(UNWRITABLE, '\u{fffd}');
