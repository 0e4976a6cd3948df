/** Natural log-probabilities of a row of logits. */
export function logSoftmax(logits: Float32Array): Float32Array {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const shift = largest + Math.log(sum);
  return logits.map((logit) => logit - shift);
}

/** Indices of the `count` largest numbers, the largest first; on a tie the lower index first, as argmax does. */
export function largest(numbers: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < numbers.length; index++) {
    if (best.length === count && numbers[index]! <= numbers[best[count - 1]!]!) continue;
    let at = best.length;
    while (at > 0 && numbers[index]! > numbers[best[at - 1]!]!) at--;
    best.splice(at, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}
