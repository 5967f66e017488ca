# SPDX-License-Identifier: Apache-2.0
"""Five hundred keys: how many requests they take."""

from terraform_cli import ARN, REGION, Raw, block, key

COUNT = 500


def test_five_hundred_keys(tf, simulator):
    tf.write(block("locals", regions=Raw(f'toset([for i in range({COUNT}) : "region-${{i}}"])')),
             key("each", for_each=Raw("local.regions"), region=Raw("each.key"),
                 key_id=Raw(f'replace("{ARN}", "{REGION}", each.key)')))
    assert f"{COUNT} added" in tf.apply("-parallelism=10").text
    assert len(simulator.state()["keys"]) == COUNT
    assert simulator.counts()["total"] <= 620, simulator.counts()["by"]

    simulator.reset_counts()
    tf.plan_clean()
    assert simulator.counts()["total"] <= 3, simulator.counts()["by"]
