import { gelu } from '../../graph/operators/activation.ts';
import { classifier, maskedModel, tanhLayer } from '../encoder-heads.ts';
import type { Family } from '../family.ts';
import { bertNames, readBertEncoder } from '../post-norm-encoder.ts';

/** RoBERTa (Liu et al. 2019): BERT with byte-level tokens, and positions that count on from the padding token's number. */
export const roberta: Family = {
  architectures: ['RobertaForSequenceClassification', 'RobertaForMaskedLM'],
  read(config, architecture) {
    const encoder = readBertEncoder(config, bertNames('roberta'));
    const { width, positions } = encoder;
    const padId = config.index('pad_token_id', 1);
    if (positions <= padId + 1) throw config.unsupported('max_position_embeddings');
    const facts = {
      basePrefix: 'roberta.',
      contextLength: positions - padId - 1,
      tokenTypes: 1, // its tokenizer tells no types: all tokens are of the first, however many rows there are
      positionsOf: (ids: readonly number[]) => countedFrom(padId, ids),
    };
    if (architecture === 'RobertaForSequenceClassification') {
      return classifier(config, encoder, facts, {
        forward(f, first, labels) {
          const hidden = tanhLayer(f, 'classifier.dense', first, width);
          return f.head('classifier.out_proj', hidden, labels, 'classifier.out_proj.bias');
        },
        unread: /^((roberta\.)?pooler\..*|lm_head\..*|.*position_ids)$/,
      });
    }
    return maskedModel(config, encoder, facts, {
      dense: 'lm_head.dense',
      norm: 'lm_head.layer_norm',
      output: 'lm_head.decoder',
      bias: 'lm_head.bias',
      activation: (x) => gelu(x, 'none'), // whatever the encoder's is
      unread: /^((roberta\.)?pooler\..*|lm_head\.decoder\..*|.*position_ids)$/,
    });
  },
};

/** Padding stays at its own number, everything else counts on from there (fairseq's make_positions). */
function countedFrom(padId: number, ids: readonly number[]): readonly number[] {
  let position = padId;
  return ids.map((id) => (id === padId ? padId : ++position));
}
