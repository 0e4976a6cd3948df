import { describe, expect, it } from 'vitest';

import { readNetwork } from '../../../src/engine/models/families.ts';

/** config.json of checkpoints that many people have, with the keys that earlier versions of transformers and other programs left there. */
const PUBLISHED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'distilbert-base-uncased-finetuned-sst-2-english': {
    ...{ activation: 'gelu', architectures: ['DistilBertForSequenceClassification'], attention_dropout: 0.1, dim: 768 },
    ...{ dropout: 0.1, finetuning_task: 'sst-2', hidden_dim: 3072, id2label: { 0: 'NEGATIVE', 1: 'POSITIVE' } },
    ...{ initializer_range: 0.02, label2id: { NEGATIVE: 0, POSITIVE: 1 }, max_position_embeddings: 512 },
    ...{ model_type: 'distilbert', n_heads: 12, n_layers: 6, output_past: true, pad_token_id: 0, qa_dropout: 0.1 },
    ...{ seq_classif_dropout: 0.2, sinusoidal_pos_embds: false, tie_weights_: true, vocab_size: 30522 },
  },
  'nlptown/bert-base-multilingual-uncased-sentiment': {
    ...{ _num_labels: 5, architectures: ['BertForSequenceClassification'], attention_probs_dropout_prob: 0.1 },
    ...{ directionality: 'bidi', finetuning_task: 'sentiment-analysis', hidden_act: 'gelu', hidden_dropout_prob: 0.1 },
    ...{ hidden_size: 768, id2label: { 0: '1 star', 1: '2 stars', 2: '3 stars', 3: '4 stars', 4: '5 stars' } },
    ...{ initializer_range: 0.02, intermediate_size: 3072, layer_norm_eps: 1e-12, max_position_embeddings: 512 },
    ...{ model_type: 'bert', num_attention_heads: 12, num_hidden_layers: 12, output_past: true, pad_token_id: 0 },
    ...{ pooler_fc_size: 768, pooler_num_attention_heads: 12, pooler_num_fc_layers: 3, pooler_size_per_head: 128 },
    ...{ pooler_type: 'first_token_transform', type_vocab_size: 2, vocab_size: 105879 },
  },
  'roberta-large-mnli': {
    ...{ _num_labels: 3, architectures: ['RobertaForSequenceClassification'], attention_probs_dropout_prob: 0.1 },
    ...{ bos_token_id: 0, eos_token_id: 2, hidden_act: 'gelu', hidden_dropout_prob: 0.1, hidden_size: 1024 },
    ...{ id2label: { 0: 'CONTRADICTION', 1: 'NEUTRAL', 2: 'ENTAILMENT' }, initializer_range: 0.02 },
    ...{ intermediate_size: 4096, layer_norm_eps: 1e-5, max_position_embeddings: 514, model_type: 'roberta' },
    ...{ num_attention_heads: 16, num_hidden_layers: 24, pad_token_id: 1, type_vocab_size: 1, vocab_size: 50265 },
  },
  'a BERT of transformers 2, with the adapters and the activation of other libraries': {
    ...{ architectures: ['BertForSequenceClassification'], eos_token_ids: 0, xla_device: true, num_beams: 1 },
    ...{ adapters: { adapters: {}, config_map: {} }, sentence_transformers: { version: '4.1.0' }, vocab_size: 30522 },
    ...{ sbert_ce_default_activation_function: 'torch.nn.modules.linear.Identity', num_labels: 3 },
  },
  'google/flan-t5-small': {
    ...{ architectures: ['T5ForConditionalGeneration'], d_ff: 1024, d_kv: 64, d_model: 512, decoder_start_token_id: 0 },
    ...{ dropout_rate: 0.1, eos_token_id: 1, feed_forward_proj: 'gated-gelu', initializer_factor: 1 },
    ...{
      is_encoder_decoder: true,
      layer_norm_epsilon: 1e-6,
      model_type: 't5',
      n_positions: 512,
      num_decoder_layers: 8,
    },
    ...{ num_heads: 6, num_layers: 8, output_past: true, pad_token_id: 0, relative_attention_max_distance: 128 },
    ...{
      relative_attention_num_buckets: 32,
      tie_word_embeddings: false,
      transformers_version: '4.23.1',
      use_cache: true,
    },
    ...{ task_specific_params: { summarization: { prefix: 'summarize: ', num_beams: 4 } }, vocab_size: 32128 },
  },
};

const REFUSED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'dslim/bert-base-NER': { architectures: ['BertForTokenClassification'], vocab_size: 28996 },
  'unitary/toxic-bert': {
    ...{ architectures: ['BertForSequenceClassification'], problem_type: 'multi_label_classification' },
    ...{ id2label: { 0: 'toxic', 1: 'insult' }, vocab_size: 30522 },
  },
  'cross-encoder/ms-marco-MiniLM-L-6-v2': {
    ...{ architectures: ['BertForSequenceClassification'], id2label: { 0: 'LABEL_0' }, vocab_size: 30522 },
  },
  'facebook/bart-large-mnli': { architectures: ['BartForSequenceClassification'], vocab_size: 50265 },
};

describe('config.json as published', () => {
  it.each(Object.entries(PUBLISHED))('of %s is read', (_, config) => {
    const { network } = readNetwork(config);
    expect(network.vocabulary).toBe(config['vocab_size']);
    if (network.kind === 'classifier' && config['id2label'])
      expect(network.labels).toEqual(Object.values(config['id2label']));
  });

  it.each(Object.entries(REFUSED))('of %s is refused by name', (_, config) => {
    expect(() => readNetwork(config)).toThrow(expect.objectContaining({ code: 'model-unsupported' }) as Error);
  });
});
