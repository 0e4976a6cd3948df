import { relu } from '../../graph/operators/elementwise.ts';
import { readActivation } from '../activations.ts';
import { classifier, maskedModel } from '../encoder-heads.ts';
import type { Family } from '../family.ts';
import type { EncoderNames, PostNormEncoder } from '../post-norm-encoder.ts';

const NAMES: EncoderNames = {
  embeddings: 'distilbert.embeddings',
  block: (index) => `distilbert.transformer.layer.${index}`,
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  attentionOutput: 'attention.out_lin',
  attentionNorm: 'sa_layer_norm',
  up: 'ffn.lin1',
  down: 'ffn.lin2',
  outputNorm: 'output_layer_norm',
};

/** DistilBERT (Sanh et al. 2019): half of BERT's blocks, without token types. */
export const distilbert: Family = {
  architectures: ['DistilBertForSequenceClassification', 'DistilBertForMaskedLM'],
  read(config, architecture) {
    const activation = readActivation(config, 'activation', 'gelu');
    const encoder: PostNormEncoder = {
      vocabulary: config.size('vocab_size', 30522),
      width: config.size('dim', 768),
      layers: config.layers('n_layers', 6),
      heads: config.size('n_heads', 12),
      inner: config.size('hidden_dim', 3072),
      epsilon: 1e-12,
      activation,
      positions: config.size('max_position_embeddings', 512),
      types: 0,
      names: NAMES,
    };
    config.flag('sinusoidal_pos_embds', false); // how the embedding of positions was filled; the file has it either way
    if (encoder.width % encoder.heads !== 0) throw config.unsupported('n_heads');
    const facts = {
      basePrefix: 'distilbert.',
      contextLength: encoder.positions,
      tokenTypes: 1,
      positionsOf: (ids: readonly number[]) => [...ids.keys()],
    };
    if (architecture === 'DistilBertForSequenceClassification') {
      return classifier(config, encoder, facts, {
        forward(f, first, labels) {
          const hidden = relu(f.head('pre_classifier', first, encoder.width, 'pre_classifier.bias'));
          return f.head('classifier', hidden, labels, 'classifier.bias');
        },
        unread: /^(vocab_(transform|layer_norm|projector)\..*|.*position_ids)$/,
      });
    }
    return maskedModel(config, encoder, facts, {
      dense: 'vocab_transform',
      norm: 'vocab_layer_norm',
      output: 'vocab_projector',
      bias: 'vocab_projector.bias',
      activation,
      unread: /^(vocab_projector\.weight|.*position_ids)$/,
    });
  },
};
