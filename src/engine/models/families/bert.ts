import { readActivation } from '../activations.ts';
import { classifier, maskedModel, tanhLayer } from '../encoder-heads.ts';
import type { Family } from '../family.ts';
import { bertNames, readBertEncoder } from '../post-norm-encoder.ts';

/** BERT (Devlin et al. 2019) with a head that tells a class by [CLS], or what stands at [MASK]. */
export const bert: Family = {
  architectures: ['BertForSequenceClassification', 'BertForMaskedLM'],
  read(config, architecture) {
    const encoder = readBertEncoder(config, bertNames('bert'));
    const { width, positions } = encoder;
    const facts = {
      basePrefix: 'bert.',
      contextLength: positions,
      tokenTypes: encoder.types,
      positionsOf: (ids: readonly number[]) => [...ids.keys()],
    };
    if (architecture === 'BertForSequenceClassification') {
      return classifier(config, encoder, facts, {
        forward(f, first, labels) {
          const pooled = tanhLayer(f, 'bert.pooler.dense', first, width);
          return f.head('classifier', pooled, labels, 'classifier.bias');
        },
        unread: /^(cls\.(predictions|seq_relationship)\..*|.*position_ids)$/,
      });
    }
    return maskedModel(config, encoder, facts, {
      dense: 'cls.predictions.transform.dense',
      norm: 'cls.predictions.transform.LayerNorm',
      output: 'cls.predictions.decoder',
      bias: 'cls.predictions.bias',
      activation: readActivation(config, 'hidden_act', 'gelu'),
      // Published files are of the pre-training, which had another task as well.
      unread: /^(cls\.seq_relationship\..*|(bert\.)?pooler\..*|cls\.predictions\.decoder\..*|.*position_ids)$/,
    });
  },
};
