"""How much a prompt carries: against the whole file, and against the prompt before it.

Run as `python -m benchmarks.prompts [MODULE]`; needs no model.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from statistics import mean

from migrate.model.asking import BYTES_PER_TOKEN, estimate_tokens
from migrate.model.exchange import Message
from migrate.module import open_module, settings_folder
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.settings import load_settings


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "samples/ramfs")
    prepared = prepare(open_module(path, load_settings(settings_folder(path), {})), Templates())
    functions = [each for each in prepared.skeleton.holes if each.kind == "function"]
    order = sorted(functions, key=lambda each: prepared.prompter.first(each)[1].content)
    prompts = [prepared.prompter.first(each) for each in order]
    tokens = [estimate_tokens(prompt) for prompt in prompts]
    whole = [estimate_tokens(_whole_file_prompt(prepared, each.file)) for each in order]
    shares = [own / all_of_it for own, all_of_it in zip(tokens, whole, strict=True)]
    prefixes = [_shared(first, second) for first, second in pairwise(prompts)]
    figures = {
        "name": "prompts",
        "module": prepared.module.name,
        "functions": len(prompts),
        "mean_tokens": round(mean(tokens)),
        "share_of_whole_file": round(mean(shares), 3),
        "least_shared_prefix": round(min(prefixes), 3),
        "mean_shared_prefix": round(mean(prefixes), 3),
        "answer_tokens_to_c": _answers_to_c(prepared),
        "prompts_sharing_60_percent": round(sum(each >= 0.6 for each in prefixes) / len(prefixes), 3),
    }
    print(f"a prompt carries {figures['share_of_whole_file']:.0%} of what one with the whole file does;")
    print(f"{figures['mean_shared_prefix']:.0%} of it stands at the start of the next one as well")
    print(json.dumps(figures))


def _answers_to_c(prepared: Prepared) -> float | None:
    """Return the tokens of recorded answers for each token of the C, or None without a recording."""
    recording = prepared.module.root / "recording.jsonl"
    if not recording.is_file():
        return None
    lines = recording.read_text(encoding="utf-8").splitlines()[1:]
    answered = sum(json.loads(line)["answer"]["usage"]["tokens_out"] for line in lines)
    asked = sum(len(hole.c_text.encode()) for hole in prepared.skeleton.holes) / BYTES_PER_TOKEN
    return round(float(answered) / asked, 2)


def _whole_file_prompt(prepared: Prepared, file: Path) -> tuple[Message, ...]:
    """Return the prompt that hands over a whole file, with the rules that every prompt begins with."""
    rules = prepared.prompter.templates.render("system.j2", {})
    text = (prepared.module.root / file).read_text()
    return Message("system", rules), Message("user", text)


def _shared(first: tuple[Message, ...], second: tuple[Message, ...]) -> float:
    """Return the share of the second prompt that is a prefix of the first as well."""
    texts = ["\0".join(message.content for message in prompt) for prompt in (first, second)]
    pairs = zip(*texts, strict=False)
    common = next((number for number, (one, other) in enumerate(pairs) if one != other), len(texts[1]))
    return common / len(texts[1])


if __name__ == "__main__":
    main()
