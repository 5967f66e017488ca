terraform {
  required_providers {
    garden = { source = "example/garden" }
  }
}

provider "garden" {
  directory = abspath(path.root)
}

resource "garden_bed" "herbs" {
  name     = "herbs"
  rows     = 3
  raised   = true
  crops    = ["thyme", "sage", "rosemary"]
  labels   = { soil = "sandy" }
  position = { x = 4 }
}

output "revision" {
  value = garden_bed.herbs.revision
}
