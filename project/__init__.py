import zoneinfo

# Time zones come from the pinned tzdata package. By itself zoneinfo looks among the machine's files first, which may be
# years behind. Every process imports this package before it asks for a zone.
zoneinfo.reset_tzpath(())
