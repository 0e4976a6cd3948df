import { tanh } from '../graph/operators/elementwise.ts';
import { gather } from '../graph/operators/indexing.ts';
import type { Value } from '../graph/value.ts';
import type { ConfigReader } from './config-reader.ts';
import type { Classifier, MaskedModel } from './family.ts';
import type { Forward } from './forward.ts';
import { postNormEncoder, type PostNormEncoder } from './post-norm-encoder.ts';

/** Classes of a model whose config.json says neither how many nor which, as in transformers. */
const DEFAULT_CLASSES = 2;

/** What a model of BERT's kind says beside its encoder. */
export type EncoderFacts = Pick<Classifier, 'basePrefix' | 'contextLength' | 'positionsOf' | 'tokenTypes'>;

/** What tells the classes. */
export interface ClassifierHead {
  /** (1, d) -> (1, labels), over the first position. */
  forward(f: Forward, first: Value, labels: number): Value;
  /** Heads that the encoder was trained with before. */
  readonly unread: RegExp;
}

/** A classifier: a head over the first position of the encoder's output. */
export function classifier(
  config: ConfigReader,
  encoder: PostNormEncoder,
  facts: EncoderFacts,
  head: ClassifierHead,
): Classifier {
  const labels = readLabels(config);
  config.flag('tie_word_embeddings', true); // of an output matrix that is not there
  return {
    kind: 'classifier',
    ...{ ...facts, ...sizesOf(encoder), labels },
    unread: head.unread,
    forward: (f) => head.forward(f, gather(postNormEncoder(f, encoder), f.graph.ints([0])), labels.length),
  };
}

/** Where the head of a masked model has its parameters. */
export interface MaskedHead {
  readonly dense: string;
  readonly norm: string;
  /** The output matrix, where it is not the token embedding. */
  readonly output: string;
  /** Name of the output's bias. */
  readonly bias: string;
  readonly activation: (x: Value) => Value;
  /** Heads of other tasks, and second names of tied tensors. */
  readonly unread: RegExp;
}

/** A masked language model: a transformation of the wanted rows, and an output matrix that is the token embedding if tied. */
export function maskedModel(
  config: ConfigReader,
  encoder: PostNormEncoder,
  facts: EncoderFacts,
  head: MaskedHead,
): MaskedModel {
  const { width, epsilon, vocabulary, names } = encoder;
  const output = config.flag('tie_word_embeddings', true) ? `${names.embeddings}.word_embeddings` : head.output;
  return {
    kind: 'masked',
    ...{ ...facts, ...sizesOf(encoder), unread: head.unread },
    forward(f) {
      const rows = f.wantedRows(postNormEncoder(f, encoder)); // (R, d)
      const hidden = head.activation(f.head(head.dense, rows, width, `${head.dense}.bias`));
      return f.head(output, f.layerNorm(head.norm, hidden, epsilon), vocabulary, head.bias);
    },
  };
}

/** tanh of a linear module. (1, d) -> (1, d) */
export const tanhLayer = (f: Forward, path: string, x: Value, width: number): Value =>
  tanh(f.head(path, x, width, `${path}.bias`));

function sizesOf({ vocabulary, width, layers, names }: PostNormEncoder) {
  const blockPath = (block: number): string => names.block(block);
  return { vocabulary, width, layers, blockPath };
}

/**
 * Names of the classes by number: id2label, or `LABEL_0` and so on. A head that tells several classes at once, or a number, is
 * refused: its outputs are not the logits of one choice.
 */
function readLabels(config: ConfigReader): readonly string[] {
  const only = 'single_label_classification';
  if ((config.unlessNull('problem_type', (key) => config.text(key, only)) ?? only) !== only)
    throw config.unsupported('problem_type');
  const names = config.labels('id2label');
  const count = names?.length ?? config.size('num_labels', DEFAULT_CLASSES);
  if (count < 2) throw config.unsupported(names ? 'id2label' : 'num_labels');
  return names ?? Array.from({ length: count }, (_, at) => `LABEL_${at}`);
}
