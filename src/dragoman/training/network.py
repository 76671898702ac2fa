"""The network: an encoder over the sentence, and heads for type, mode, realis, roles and marked pairs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

HIDDEN = 256
ROLE_HIDDEN = 192
DROPOUT = 0.15


class Heads(nn.Module):
    """All heads on top of the encoder's token vectors.

    `width` is the size of a token vector, `types` the number of types with NONE last, `modes` of modes with "no mode"
    first, `candidate_size` and `pair_size` the number of features of a candidate and a pair.
    """

    def __init__(self, width: int, types: int, modes: int, candidate_size: int, pair_size: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(DROPOUT)
        self.hidden = nn.Linear(2 * width + candidate_size, HIDDEN)
        self.type_head = nn.Linear(HIDDEN, types)
        self.mode_head = nn.Linear(HIDDEN, modes)
        self.realis_head = nn.Linear(HIDDEN, 4)
        self.role_hidden = nn.Linear(2 * width + types + pair_size, ROLE_HIDDEN)
        self.role_head = nn.Linear(ROLE_HIDDEN, 3)
        self.marked_head = nn.Linear(3 * width, types)

    def candidates(self, triggers: Tensor, means: Tensor, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of type, mode and realis for vectors of triggers and of their sentences' means."""
        joined = torch.cat([self.dropout(triggers), self.dropout(means), features], dim=-1)
        hidden = self.dropout(torch.relu(self.hidden(joined)))
        return self.type_head(hidden), self.mode_head(hidden), self.realis_head(hidden)

    def roles(self, triggers: Tensor, actors: Tensor, types: Tensor, features: Tensor) -> Tensor:
        """Logits of the role of actors beside triggers; `types` are the probabilities of the trigger's type."""
        joined = torch.cat([self.dropout(triggers), self.dropout(actors), types, features], dim=-1)
        return self.role_head(self.dropout(torch.relu(self.role_hidden(joined))))

    def marked_types(self, means: Tensor, sources: Tensor, targets: Tensor) -> Tensor:
        """Logits of the type between a marked source and a marked target."""
        return self.marked_head(self.dropout(torch.cat([means, sources, targets], dim=-1)))


def mean_vectors(vectors: Tensor, mask: Tensor) -> Tensor:
    """Mean of the token vectors of each sentence, padding left out."""
    weights = mask.unsqueeze(-1).float()
    return (vectors * weights).sum(1) / weights.sum(1).clamp(min=1.0)


def pick(vectors: Tensor, rows: Sequence[int], columns: Sequence[int]) -> Tensor:
    """Vectors at given sentences and word pieces, of shape (n, width)."""
    return vectors[torch.tensor(list(rows), dtype=torch.long), torch.tensor(list(columns), dtype=torch.long)]
