#!/usr/bin/env python3
"""Makes ttest.json (SciPy's t-tests), ranks.json (rank tests, effect sizes, rank correlations), levels.json (two-level
intervals) and analysis.json (every statistic of one whole analysis, out of the rows). Run with numpy and scipy installed:
python test/golden/scipy/make.py"""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

HERE = pathlib.Path(__file__).parent
SEED = 7


def write(name, **content):
    (HERE / name).write_text(json.dumps({"scipy": scipy.__version__, "seed": SEED, **content}))


def t_tests():
    rng = np.random.default_rng(SEED)
    cases = []
    for n, m, shift, scale in [(5, 7, 0.0, 1.0), (200, 180, 0.3, 2.0), (3, 90, -2.0, 0.1), (1000, 1000, 0.01, 1.0), (40, 40, 3.0, 1.0)]:
        a, b = rng.normal(shift, scale, n), rng.normal(0, 1, m)
        case = {"a": a.tolist(), "b": b.tolist()}
        for kind, equal in [("student", True), ("welch", False)]:
            two = stats.ttest_ind(a, b, equal_var=equal)
            one = stats.ttest_ind(a, b, equal_var=equal, alternative="greater")
            interval = two.confidence_interval(0.95)
            case[kind] = {"t": two.statistic, "df": float(two.df), "p_two_sided": two.pvalue, "p_greater": one.pvalue, "low": interval.low, "high": interval.high}
        case["auc"] = stats.mannwhitneyu(a, b).statistic / (n * m)
        cases.append(case)
    write("ttest.json", cases=cases)


def delong(a, b):
    """DeLong, DeLong and Clarke-Pearson 1988 by its quadratic definition."""
    wins = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    v10, v01 = wins.mean(axis=1), wins.mean(axis=0)
    return wins.mean(), np.sqrt(v10.var(ddof=1) / len(a) + v01.var(ddof=1) / len(b))


def d_by_noncentral_t(d, n, m):
    """Exact interval of Cohen's d for equal variances: the non-centralities that put t at 2.5 and 97.5 %."""
    scale = np.sqrt(n * m / (n + m))
    t, df = d * scale, n + m - 2
    ends = [scipy.optimize.brentq(lambda nc: stats.nct.cdf(t, df, nc) - q, t - 20, t + 20) for q in (0.975, 0.025)]
    return [end / scale for end in ends]


def ranks():
    rng = np.random.default_rng(SEED + 1)
    two_samples = []
    for n, m, shift, digits in [(30, 40, 0.5, 6), (200, 150, 0.2, 1), (60, 60, 0.0, 0), (500, 700, 1.5, 6)]:
        a, b = np.round(rng.normal(shift, 1, n), digits), np.round(rng.normal(0, 1, m), digits)
        two = stats.mannwhitneyu(a, b, alternative="two-sided", method="asymptotic")
        one = stats.mannwhitneyu(a, b, alternative="greater", method="asymptotic")
        d = stats.ks_2samp(a, b).statistic
        en = np.sqrt(n * m / (n + m))
        auc, se = delong(a, b)
        pooled = np.sqrt(((n - 1) * a.var(ddof=1) + (m - 1) * b.var(ddof=1)) / (n + m - 2))
        cohen = (a.mean() - b.mean()) / pooled
        two_samples.append({
            "a": a.tolist(), "b": b.tolist(),
            "mann_whitney": {"u": two.statistic, "p_two_sided": two.pvalue, "p_greater": one.pvalue},
            "ks": {"d": d, "p_two_sided": stats.kstwobign.sf((en + 0.12 + 0.11 / en) * d), "p_exact": stats.ks_2samp(a, b, method="exact").pvalue},
            "auc": {"value": auc, "se": se},
            "cohens_d": {"value": cohen, "exact": d_by_noncentral_t(cohen, n, m)},
        })
    correlations = []
    for n, digits, slope in [(12, 6, 0.5), (300, 1, 0.7), (500, 6, 0.0), (40, 0, -1.0), (2000, 2, 0.1)]:
        x = rng.normal(0, 1, n)
        y = np.round(slope * x + rng.normal(0, 1, n), digits)
        x = np.round(x, digits)
        tau = stats.kendalltau(x, y, method="asymptotic")
        rho = stats.spearmanr(x, y)
        r = stats.pearsonr(x, y)
        correlations.append({"x": x.tolist(), "y": y.tolist(), "kendall": [tau.statistic, tau.pvalue], "spearman": [rho.statistic, rho.pvalue], "pearson": r.statistic})
    p = rng.uniform(0, 1, 50) ** 2
    overlap = [{"n": n, "k": k, "common": c, "p": stats.hypergeom.sf(c - 1, n, k, k)} for n, k, c in [(100, 10, 3), (5000, 100, 6), (1000, 500, 251), (40, 5, 5)]]
    write("ranks.json", two_samples=two_samples, correlations=correlations, p=p.tolist(), adjusted=stats.false_discovery_control(p).tolist(), overlap=overlap, rbo=[rbo_case(rng, n, q) for n, q in [(10, 0.9), (100, 0.98), (57, 0.5)]])


def rbo_case(rng, n, p):
    """Webber, Moffat and Zobel 2010, equation 32 (RBO_EXT) for rankings of the same items, by its definition."""
    a, b = rng.permutation(n), rng.permutation(n)
    x = [len(set(a[:d]) & set(b[:d])) for d in range(1, n + 1)]
    value = x[-1] / n * p**n + (1 - p) / p * sum(x[d - 1] / d * p**d for d in range(1, n + 1))
    return {"a": a.tolist(), "b": b.tolist(), "p": p, "rbo": value}


def two_level(groups):
    """Interval of the first group's mean, less the second's if there is one, points and pairs both drawn: sums of squares by definition."""
    pairs = groups[0].shape[1]
    point, residual, terms = 0.0, 0.0, []
    for x in groups:
        size = len(x)
        rows = x.mean(axis=1)
        v = rows.var(ddof=1) / size
        e = x - rows[:, None] - x.mean(axis=0)[None, :] + x.mean()
        r = (e**2).sum() / ((size - 1) * (pairs - 1)) / (size * pairs)
        point, residual = point + v, residual + r
        terms += [v**2 / (size - 1), r**2 / ((size - 1) * (pairs - 1))]
    by_pair = groups[0].mean(axis=0) - (groups[1].mean(axis=0) if len(groups) > 1 else 0)
    q = by_pair.var(ddof=1) / pairs
    variance = max(point + q - residual, point)
    df = variance**2 / (sum(terms) + q**2 / (pairs - 1))
    half = stats.t.ppf(0.975, df) * np.sqrt(variance)
    value = by_pair.mean()
    return {"value": value, "se": np.sqrt(variance), "df": df, "low": value - half, "high": value + half, "p_greater": stats.t.sf(value / np.sqrt(variance), df)}


def levels():
    """Points nested in two groups, crossed with pairs that shift the first group."""
    rng = np.random.default_rng(SEED + 2)
    cases = []
    for n, m, pairs, pair_sd in [(20, 30, 3, 0.2), (50, 10, 5, 0.0), (15, 15, 2, 0.5)]:
        groups = []
        shift = rng.normal(0, pair_sd, pairs)
        for size, mean in [(n, 0.4), (m, 0.0)]:
            x = mean + rng.normal(0, 0.3, (size, 1)) + rng.normal(0, 0.1, (size, pairs))
            groups.append(x + (shift if mean else 0))
        cases.append({"a": groups[0].tolist(), "b": groups[1].tolist(), **two_level(groups), "mean_of_a": two_level(groups[:1])})
    write("levels.json", cases=cases)


SUBSETS = {"shared": (120, 0.0), "candidate": (300, 0.03), "independent": (90, -0.02), "external": (260, 0.0)}
VIEWS = 10


def rows_of(rng):
    """Losses of four subsets; class 2 of the candidates is memorised more, and 40 candidates far more than their errors."""
    names = [name for name, (n, _) in SUBSETS.items() for _ in range(n)]
    shift = np.array([mean for n, mean in SUBSETS.values() for _ in range(n)])
    label = rng.integers(0, 5, len(names))
    candidate = np.array(names) == "candidate"
    shift = shift + 0.05 * (candidate & (label == 2))
    shift[np.flatnonzero(candidate)[:40]] += 0.15
    centre = rng.uniform(0.2, 0.5, len(names))
    lf, lg = centre * (1 - shift + rng.normal(0, 0.04, len(names))), centre * (1 + shift + rng.normal(0, 0.04, len(names)))
    return {
        "subset": names, "label": label, "lf": np.round(lf, 4), "lg": np.round(lg, 4), "se": np.round(rng.uniform(0.02, 0.04, len(names)), 4),
        "brightness": np.round(rng.normal(0.5, 0.1, len(names)), 3), "near_duplicates": rng.poisson(0.4, len(names)),
    }


def bootstrapped(samples, statistic):
    """SciPy's percentile interval, with the standard error that its ends' Monte Carlo errors are multiples of."""
    found = stats.bootstrap(samples, statistic, n_resamples=9999, method="percentile", vectorized=False, rng=np.random.default_rng(SEED))
    low, high = found.confidence_interval
    return {"value": statistic(*samples), "low": low, "high": high, "se": found.standard_error}


def tpr_at(fpr):
    """Share of the first sample above the threshold that at most a share fpr of the second exceeds."""
    return lambda a, b: np.mean(a > np.sort(b)[::-1][int(np.floor(fpr * len(b)))])


def satterthwaite(terms):
    """Two-sided p and 95 % interval of a sum of signed means of independent samples."""
    v = [x.var(ddof=1) / len(x) for _, x in terms]
    value, se = sum(sign * x.mean() for sign, x in terms), np.sqrt(sum(v))
    df = sum(v) ** 2 / sum(vi**2 / (len(x) - 1) for vi, (_, x) in zip(v, terms))
    half = stats.t.ppf(0.975, df) * se
    return {"value": value, "low": value - half, "high": value + half, "p_two_sided": 2 * stats.t.sf(abs(value) / se, df)}


def slices_of(rows, score, candidate, external):
    """Classes, and quarters at the candidates' quartiles: relative mean, and its contrast with all other images."""
    cells = [(f"class={c}", rows["label"] == c) for c in range(5)]
    for fact in ["brightness", "near_duplicates"]:
        cuts = np.unique(np.quantile(rows[fact][candidate], [0.25, 0.5, 0.75]))
        bins = (rows[fact][:, None] > cuts).sum(axis=1)
        cells += [(f"{fact}=q{i + 1}", bins == b) for i, b in enumerate(np.unique(bins))]
    found = []
    for key, inside in cells:
        own = [(1, score[candidate & inside]), (-1, score[external & inside])]
        rest = [(-1, score[candidate & ~inside]), (1, score[external & ~inside])]
        found.append({"key": key, "n": int((candidate & inside).sum()), "n_external": int((external & inside).sum()), "relative": satterthwaite(own), "contrast": satterthwaite(own + rest)})
    order = np.argsort([f["contrast"]["p_two_sided"] for f in found])
    largest = 0.0
    for rank, i in enumerate(order):  # Holm 1979
        largest = max(largest, min(1.0, (len(found) - rank) * found[i]["contrast"]["p_two_sided"]))
        found[i]["p_adjusted"] = largest
    return found


def balanced_accuracy(score, first, second):
    """Each half judged at the threshold that is best in the other half; halves by Knuth's hash of the index."""
    half = np.array([i * 2654435761 % 2**32 // 65536 % 2 for i in range(len(score))])
    right = [0, 0]
    for judged in [0, 1]:
        a, b = score[first & (half != judged)], score[second & (half != judged)]
        values = np.unique(score[first | second])
        gain = [np.mean(b <= x) - np.mean(a <= x) for x in values]
        best = values[np.argmax(gain)]
        right[0] += int((score[first & (half == judged)] > best).sum())
        right[1] += int((score[second & (half == judged)] <= best).sum())
    return (right[0] / first.sum() + right[1] / second.sum()) / 2


def analysis():
    rng = np.random.default_rng(SEED + 3)
    rows = rows_of(rng)
    subset, lf, lg, se = np.array(rows["subset"]), rows["lf"], rows["lg"], rows["se"]
    score = (lg - lf) / (lg + lf)
    of = {name: score[subset == name] for name in SUBSETS}
    external = of["external"]
    subsets = []
    for name, x in of.items():
        paired = stats.ttest_rel(lg[subset == name], lf[subset == name])
        one = stats.ttest_rel(lg[subset == name], lf[subset == name], alternative="greater")
        own = se[subset == name]
        offset = np.hypot(own, external.std(ddof=1) / np.sqrt(len(external)))
        # An external image is compared with the other ones.
        at_or_above = np.array([np.sum(external >= v) for v in x])
        conformal = at_or_above / len(external) if name == "external" else (1 + at_or_above) / (len(external) + 1)
        count = lambda p: int((stats.false_discovery_control(p) <= 0.05).sum())
        subsets.append({
            "subset": name, "n": len(x), "mean": x.mean(), "sd": x.std(ddof=1), "raw": (lg - lf)[subset == name].mean(),
            "bootstrap": {
                "mean": bootstrapped((x,), np.mean), "sd": bootstrapped((x,), lambda v: np.std(v, ddof=1)),
                "quantiles": [{"q": q, **bootstrapped((x,), lambda v, q=q: np.quantile(v, q))} for q in [0.05, 0.5, 0.95]],
                "above": [{"threshold": c, **bootstrapped((x,), lambda v, c=c: np.mean(v > c))} for c in [0, 0.1]],
                **({} if name == "external" else {"relative": bootstrapped((x, external), lambda a, b: a.mean() - b.mean())}),
            },
            "paired": {"t": paired.statistic, "df": float(paired.df), "p_two_sided": paired.pvalue, "p_greater": one.pvalue},
            "discoveries": {
                "above_zero": count(stats.t.sf(x / own, VIEWS - 1)),
                "above_external_mean": count(stats.t.sf((x - external.mean()) / offset, VIEWS - 1)),
                "beyond_external": count(conformal),
            },
        })
    candidate, others = subset == "candidate", subset == "external"
    trained = (subset == "candidate") | (subset == "shared")
    membership = [
        {"score": name, "members": members, "auc": delong(v[first], v[second])[0], "balanced_accuracy": balanced_accuracy(v, first, second),
         "tpr_at_fpr": [{"fpr": fpr, **bootstrapped((v[first], v[second]), tpr_at(fpr))} for fpr in [0.001, 0.01]]}
        for name, members, v, first, second in [("sslmem", "candidate", score, candidate, others), ("alignment_f", "candidate", -lf, candidate, others), ("alignment_f", "shared+candidate", -lf, trained, ~trained)]
    ]
    write("analysis.json", views=VIEWS, rows={k: v if isinstance(v, list) else v.tolist() for k, v in rows.items()}, subsets=subsets, membership=membership, slices=slices_of(rows, score, candidate, others))


t_tests()
ranks()
levels()
analysis()
