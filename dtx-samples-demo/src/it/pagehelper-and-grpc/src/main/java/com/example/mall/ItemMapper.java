package com.example.mall;

import java.util.List;
import org.apache.ibatis.annotations.Mapper;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

@Mapper
public interface ItemMapper {

    @Select("SELECT name FROM item ORDER BY id")
    List<String> names();

    @Select("SELECT sum(pieces) FROM item")
    int pieces();

    @Update("UPDATE item SET pieces = pieces - 1 WHERE name = #{name}")
    int take(String name);
}
