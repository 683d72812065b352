#!/usr/bin/env python3
"""Makes probe.json: what scikit-learn computes on fixed representations. With scikit-learn installed:
python test/golden/sklearn/make.py"""
import json
import pathlib

import numpy as np
import sklearn
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

SEED = 11
N, M, DIM, CLASSES = 120, 80, 6, 4
rng = np.random.default_rng(SEED)
centres = rng.normal(0, 1.2, (CLASSES, DIM))


def draw(n):
    y = rng.integers(0, CLASSES, n)
    x = centres[y] + rng.normal(0, 1.0, (n, DIM))
    x = x * np.array([1, 20, 0.1, 1, 3, 1]) + np.array([0, 5, 0, -2, 0, 1])
    # Four decimals keep the file small; what is stored is what is fitted.
    return np.round(x, 4), y


x, y = draw(N)
u, v = draw(M)
scaler = StandardScaler().fit(x)
xs, us = scaler.transform(x), scaler.transform(u)
logistic = []
for c in [0.01, 1.0, 100.0]:
    model = LogisticRegression(C=c, solver="newton-cg", tol=1e-12, max_iter=10000).fit(xs, y)
    logistic.append({
        "c": c,
        "weights": np.round(model.coef_.T, 10).ravel().tolist(),
        "bias": np.round(model.intercept_, 10).tolist(),
        "probabilities": np.round(model.predict_proba(us), 9).ravel().tolist(),
        "accuracy": model.score(us, v),
    })
knn = []
for k in [1, 7, 30]:
    # weights: exp(cosine / 0.07); scikit-learn's cosine distance is 1 - cosine.
    model = KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights=lambda d: np.exp((1 - d) / 0.07)).fit(x, y)
    knn.append({"k": k, "accuracy": model.score(u, v)})
wilson = []
for right, n in [(0, 5), (3, 7), (870, 1000), (5, 5)]:
    found = stats.binomtest(right, n).proportion_ci(method="wilson")
    wilson.append({"share": right / n, "n": n, "interval": [found.low, found.high]})
student = []
for values in [[0.5, 0.6], [0.71, 0.72, 0.69, 0.75, 0.7]]:
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    student.append({"values": values, "interval": [low, high]})
path = pathlib.Path(__file__).parent / "probe.json"
path.write_text(json.dumps({
    "sklearn": sklearn.__version__, "seed": SEED, "dim": DIM, "classes": CLASSES,
    "train": {"values": x.ravel().tolist(), "labels": y.tolist()},
    "test": {"values": u.ravel().tolist(), "labels": v.tolist()},
    "standardized": np.round(us, 9).ravel().tolist(),
    "logistic": logistic, "knn": knn, "wilson": wilson, "student": student,
}) + "\n")
