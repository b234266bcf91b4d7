"""A model of where the forward goes, trained on a training set and judged on days that it has not seen.

    expirytrack dataset NIFTY --slots atm3 --label 15 --out nifty-15m
    pip install scikit-learn pandas pyarrow
    python docs/snippets/dataset_sklearn.py nifty-15m

It shows the way from the files to a figure, and is no strategy: a move of minutes can hardly be foreseen, so do not
expect it to do better than guessing by much.
"""

# A snippet beside this one has a library's name: without the script's folder Python finds the library.
import sys

sys.path.pop(0)

import json
import pathlib

import pandas
from sklearn.ensemble import HistGradientBoostingRegressor

OF_THE_SLOT = ["volatility", "delta", "volume", "open_interest_change", "age_minutes"]
OF_THE_MINUTE = ["forward", "spot", "minutes_left"]


def wide(folder, part, label):
    """A row a minute: what is known of every slot side by side, and the label."""
    rows = pandas.read_parquet(folder / part["file"])
    assert len(rows) == part["rows"], (len(rows), part)
    slots = rows.pivot(index="time", columns="slot", values=OF_THE_SLOT)
    slots.columns = [f"{name} {slot}" for name, slot in slots.columns]
    minutes = rows.groupby("time")[OF_THE_MINUTE + [label]].first()
    # Levels of one year say nothing in another.
    minutes["basis"] = minutes["forward"] / minutes["spot"] - 1
    known = minutes[label].notna()
    features = slots.join(minutes[["basis", "minutes_left"]])
    return features[known], minutes.loc[known, label]


def main():
    folder = pathlib.Path(sys.argv[1])
    document = json.loads((folder / "dataset.json").read_text())
    label = f"move_{document['label_minutes']}m"
    features, moves = wide(folder, document["train"], label)
    unseen, happened = wide(folder, document["test"], label)
    assert features.index.max() < unseen.index.min(), "the files overlap"
    model = HistGradientBoostingRegressor(max_iter=100, random_state=0).fit(features, moves)
    told = model.predict(unseen)
    right = ((told > 0) == (happened > 0)).mean()
    print(f"trained on {len(features)} minutes, judged on {len(unseen)} of later days")
    print(f"R² {model.score(unseen, happened):+.4f}, direction right in {right:.1%} of minutes")


if __name__ == "__main__":
    main()
