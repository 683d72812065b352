#!/usr/bin/env python3
"""Makes ttest.json: SciPy's t-tests. Run with numpy and scipy installed: python test/golden/scipy/make.py"""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

SEED = 7
rng = np.random.default_rng(SEED)
cases = []
for n, m, shift, scale in [(5, 7, 0.0, 1.0), (200, 180, 0.3, 2.0), (3, 90, -2.0, 0.1), (1000, 1000, 0.01, 1.0), (40, 40, 3.0, 1.0)]:
    a, b = rng.normal(shift, scale, n), rng.normal(0, 1, m)
    case = {"a": a.tolist(), "b": b.tolist()}
    for kind, equal in [("student", True), ("welch", False)]:
        two = stats.ttest_ind(a, b, equal_var=equal)
        one = stats.ttest_ind(a, b, equal_var=equal, alternative="greater")
        case[kind] = {"t": two.statistic, "df": float(two.df), "p_two_sided": two.pvalue, "p_greater": one.pvalue}
    case["auc"] = stats.mannwhitneyu(a, b).statistic / (n * m)
    cases.append(case)
path = pathlib.Path(__file__).parent / "ttest.json"
path.write_text(json.dumps({"scipy": scipy.__version__, "seed": SEED, "cases": cases}))
