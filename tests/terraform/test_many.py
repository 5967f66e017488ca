# SPDX-License-Identifier: Apache-2.0
"""Five hundred keys: how many requests they take."""

import time

from terraform_cli import ARN, REGION, Raw, block, key

COUNT = 500


def test_five_hundred_keys(tf, simulator):
    tf.timeout = 500  # a sanitizer's provider, on a busy machine
    tf.write(block("locals", regions=Raw(f'toset([for i in range({COUNT}) : "region-${{i}}"])')),
             key("each", for_each=Raw("local.regions"), region=Raw("each.key"),
                 key_id=Raw(f'replace("{ARN}", "{REGION}", each.key)')))
    assert f"{COUNT} added" in tf.apply("-parallelism=10").text
    assert len(simulator.state()["keys"]) == COUNT
    assert simulator.counts()["total"] <= 620, simulator.counts()["by"]

    simulator.reset_counts()
    begin = time.monotonic()
    tf.plan_clean()
    # One listing serves for five seconds, so a plan on a slow machine needs another each five seconds.
    slow = int((time.monotonic() - begin) // 5)
    assert simulator.counts()["total"] <= max(3, 2 + slow), simulator.counts()["by"]
